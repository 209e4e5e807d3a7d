import { AsyncResource } from 'node:async_hooks'
import { Injectable, Module } from '@nestjs/common'
import {
  HandleCall,
  HandleCast,
  InjectPeeper,
  Peeper,
  PeeperModule,
  PeeperServer,
  type PeeperClient,
  type PeeperContext,
} from 'nestjs-peeper'
import { idOfTrace, trace } from './trace.js'

/** On the main side: writes down in what trace it was told something. */
@PeeperServer({ name: 'ledger', state: [] })
export class Ledger {
  @HandleCall() enter(lines: string[], who: string): string {
    lines.push(`${who} in ${idOfTrace()}`)
    return idOfTrace()
  }
  @HandleCast() note(lines: string[], who: string): void {
    lines.push(`${who} in ${idOfTrace()}`)
  }
}

@PeeperServer({ name: 'back', isolation: 'process', state: {} })
export class Back {
  constructor(@InjectPeeper(Ledger) private readonly ledger: PeeperClient<Ledger>) {}

  @HandleCall() async visit(): Promise<string[]> {
    return [`back in ${idOfTrace()}`, `ledger in ${await this.ledger.call('enter', 'back')}`]
  }
}

/** Was made where no server handles anything. */
@Injectable()
export class Herald {
  private readonly outside = new AsyncResource('outside')

  constructor(private readonly peeper: Peeper) {}

  tell(): Promise<unknown> {
    return this.outside.runInAsyncScope(() =>
      trace.run({ id: 'herald' }, () => {
        this.peeper.cast('ledger', 'note', 'herald')
        return this.peeper.call('ledger', 'enter', 'herald')
      }),
    )
  }
}

@PeeperServer({ name: 'front', isolation: 'thread', state: {} })
export class Front {
  constructor(
    @InjectPeeper(Ledger) private readonly ledger: PeeperClient<Ledger>,
    @InjectPeeper('back') private readonly back: PeeperClient<Back>,
    private readonly herald: Herald,
  ) {}

  @HandleCall() async look(): Promise<string> {
    const at = idOfTrace()
    await new Promise(resolve => setTimeout(resolve))
    return at === idOfTrace() ? at : `${at}, then ${idOfTrace()}`
  }
  @HandleCall() glance(): string {
    return idOfTrace()
  }
  /** Its own trace goes on from the caller's. */
  @HandleCall() async visit(): Promise<string[]> {
    const there = await trace.run({ id: `${idOfTrace()}/front` }, () => this.back.call('visit'))
    return [`front in ${idOfTrace()}`, ...there]
  }
  @HandleCall() async entered(_: object, who: string, ctx: PeeperContext): Promise<string> {
    ctx.afterCommit(() => {
      this.ledger.cast('note', `afterCommit of ${who}`)
    })
    this.ledger.cast('note', `cast of ${who}`)
    return this.ledger.call('enter', `call of ${who}`)
  }
  /** Tells it when its turn has long been over. */
  @HandleCall() leave(): void {
    setTimeout(() => {
      this.ledger.cast('note', 'leftover')
    }, 5)
  }
  @HandleCall() async fail(): Promise<string> {
    return trace.run({ id: 'open', end: () => undefined }, () => this.ledger.call('enter', 'fail'))
  }
  @HandleCall() async outside(): Promise<unknown> {
    return this.herald.tell()
  }
}

@Module({
  imports: [PeeperModule.forFeature([Ledger, Back])],
  providers: [Front, Back, Herald],
})
export class TracedModule {}
