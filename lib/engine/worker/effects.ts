import type { From } from './worker.js'

/** A timer set by `ctx.sendAfter`. It is data: keep it in the state and hand it to `ctx.cancelTimer`. */
export interface TimerRef {
  readonly timer: string
}

/** What a handler asked for besides its next state: in effect when its state is committed, gone when it crashes. */
export interface Effects {
  readonly replies: { readonly from: From; readonly value: unknown }[]
  readonly timers: {
    readonly ref: TimerRef
    readonly ms: number
    readonly message: string
    readonly payload: unknown
  }[]
  readonly cancelled: TimerRef[]
  readonly afterCommit: (() => unknown)[]
}

/** What leaves with the effects is data of its own. Throws `NotDataError`. */
export const copyEffects = (effects: Effects, copy: (value: unknown, what: string) => unknown): Effects => ({
  ...effects,
  replies: effects.replies.map(({ from, value }) => ({ from, value: copy(value, 'a deferred reply') })),
  timers: effects.timers.map(timer => ({ ...timer, payload: copy(timer.payload, 'a timer with a payload') })),
})

export const noEffects = (): Effects => ({ replies: [], timers: [], cancelled: [], afterCommit: [] })
