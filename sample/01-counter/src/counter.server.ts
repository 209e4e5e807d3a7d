import { ConflictException, Logger, NotFoundException } from '@nestjs/common'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { HandleCall, HandleCast, HandleInfo, PeeperServer, refuse, type Refuse } from 'nestjs-peeper'

export interface CounterState {
  value: number
}

const PRESETS: ReadonlyMap<string, number> = new Map([
  ['ten', 10],
  ['hundred', 100],
])

/** It holds no state of its own: each handler is given the state, and mutates it. */
@PeeperServer({ state: { value: 0 } })
export class Counter {
  private readonly logger = new Logger(Counter.name)

  @HandleCall()
  read(state: CounterState): number {
    return state.value
  }

  @HandleCall()
  increment(state: CounterState, by: number): number {
    return (state.value += by)
  }

  @HandleCast()
  add(state: CounterState, by: number): void {
    state.value += by
  }

  /** Reached by `send`: it is no part of the protocol, so it is protected. */
  @HandleInfo('tick')
  protected tick(state: CounterState): void {
    state.value += 1
  }

  /** Refused after it has changed its draft: the caller gets the 409, the draft is dropped, nothing restarts. */
  @HandleCall()
  take(state: CounterState, by: number): number | Refuse {
    state.value -= by
    if (state.value < 0) return refuse(new ConflictException(`there are not ${by} to take`))
    return state.value
  }

  /** A thrown HttpException is a refusal too. */
  @HandleCall()
  preset(state: CounterState, name: string): number {
    const value = PRESETS.get(name)
    if (value === undefined) throw new NotFoundException(`there is no preset '${name}'`)
    return (state.value = value)
  }

  /** Takes its time. What is accepted is served, also when the application is told to end meanwhile. */
  @HandleCall()
  async slowly(state: CounterState, ms: number): Promise<number> {
    this.logger.log(`slowly: ${ms} ms`)
    await setTimeout(ms)
    return (state.value += 1)
  }

  /** Crashes half-way through a change. Nobody will ever see the -1. */
  @HandleCall()
  async crash(state: CounterState): Promise<void> {
    state.value = -1
    await setImmediate()
    throw new Error('out of luck')
  }
}
