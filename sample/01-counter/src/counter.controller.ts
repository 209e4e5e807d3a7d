import {
  Controller,
  DefaultValuePipe,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Sse,
  type MessageEvent,
} from '@nestjs/common'
import { InjectPeeper, Peeper, type PeeperClient } from 'nestjs-peeper'
import { map, type Observable } from 'rxjs'
import { Counter } from './counter.server.js'

const by = [new DefaultValuePipe(1), ParseIntPipe] as const

@Controller('counter')
export class CounterController {
  constructor(
    @InjectPeeper(Counter) private readonly counter: PeeperClient<Counter>,
    private readonly peeper: Peeper,
  ) {}

  @Get()
  async read(): Promise<{ value: number }> {
    return { value: await this.counter.call('read') }
  }

  /** By call: answered once the change is committed. */
  @Post('increment')
  @HttpCode(200)
  async increment(@Query('by', ...by) amount: number): Promise<{ value: number }> {
    return { value: await this.counter.call('increment', amount) }
  }

  /** By cast: nobody waits. */
  @Post('cast')
  @HttpCode(202)
  add(@Query('by', ...by) amount: number): void {
    this.counter.cast('add', amount)
  }

  /** By send: any other message. */
  @Post('send')
  @HttpCode(202)
  send(): void {
    this.counter.send('tick')
  }

  @Post('take')
  @HttpCode(200)
  async take(@Query('by', ...by) amount: number): Promise<{ value: number }> {
    return { value: await this.counter.call('take', amount) }
  }

  @Post('preset/:name')
  @HttpCode(200)
  async preset(@Param('name') name: string): Promise<{ value: number }> {
    return { value: await this.counter.call('preset', name) }
  }

  @Post('slowly')
  @HttpCode(200)
  async slowly(
    @Query('ms', new DefaultValuePipe(1_000), ParseIntPipe) ms: number,
  ): Promise<{ value: number }> {
    const time = Math.min(Math.max(ms, 0), 60_000)
    return { value: await this.counter.call('slowly', time, { timeout: time + 1_000 }) }
  }

  /** Rejects: `PeeperFilter` makes a 500 of it, or a 503 if the server is down. */
  @Post('crash')
  crash(): Promise<void> {
    return this.counter.call('crash')
  }

  /** Brings the server back, with its state, if it is stopped or down. */
  @Post('start')
  @HttpCode(200)
  async start(): Promise<{ value: number }> {
    const { status } = this.counter.status()
    if (status === 'stopped' || status === 'down') await this.peeper.start(Counter.name)
    return { value: await this.counter.call('read') }
  }

  /** Which worker lives, and how it is. */
  @Get('status')
  async status(): Promise<{ value: number; worker: number; restarts: number }> {
    const value = await this.counter.call('read') // after a crash: answered by the next worker
    const { worker } = this.counter.status()
    return { value, worker, restarts: worker - 1 }
  }

  /** Each committed change, as Server-Sent Events. */
  @Sse('changes')
  changes(): Observable<MessageEvent> {
    return this.counter.changes$.pipe(map(data => ({ data })))
  }
}
