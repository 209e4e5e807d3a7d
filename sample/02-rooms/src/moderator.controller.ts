import { Controller, Get, HttpCode, Post } from '@nestjs/common'
import { InjectPeeper, Peeper, type PeeperClient } from 'nestjs-peeper'
import { Moderator } from './moderator.server.js'

interface Whereabouts {
  day: string[]
  night: string[]
  checked: number
}

@Controller('moderator')
export class ModeratorController {
  constructor(
    @InjectPeeper(Moderator) private readonly moderator: PeeperClient<Moderator>,
    private readonly peeper: Peeper,
  ) {}

  /** Under which supervisor it is, and how many messages it has read. */
  @Get()
  async where(): Promise<Whereabouts> {
    return {
      day: this.under('day'),
      night: this.under('night'),
      checked: await this.moderator.call('checked'),
    }
  }

  /** Moves it to the other supervisor. Rooms call it all along. */
  @Post('shift')
  @HttpCode(200)
  async shift(): Promise<Whereabouts> {
    const [from, to] = this.under('day').includes('moderator') ? ['day', 'night'] : ['night', 'day']
    await this.peeper.transfer('moderator', from, to)
    return this.where()
  }

  private under(supervisor: string): string[] {
    return this.peeper.whichChildren({ supervisor }).map(({ id }) => id)
  }
}
