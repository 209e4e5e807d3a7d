import type { ReminderRequest } from '../reminders/reminder.js'
import type { From } from './worker.js'

/** A timer set by `ctx.sendAfter` or `ctx.sendInterval`. It is data: keep it in the state and hand it to `ctx.cancelTimer`. */
export interface TimerRef {
  readonly timer: string
}

/** A monitor set by `ctx.monitor`. It is data: keep it in the state and hand it to `ctx.demonitor`. */
export interface MonitorRef {
  readonly monitor: string
}

/** A life, by the address of its server: the one that runs, or the one of this number. */
export interface LifeName {
  readonly server: string
  readonly worker?: number
}

/** What is asked about the end of another life. */
export type BondRequest =
  | { readonly type: 'monitor'; readonly ref: MonitorRef; readonly target: LifeName }
  | { readonly type: 'demonitor'; readonly ref: MonitorRef }
  | { readonly type: 'link' | 'unlink'; readonly target: LifeName }

/** What a handler asked for besides its next state: in effect when its state is committed, gone when it crashes. */
export interface Effects {
  readonly replies: { readonly from: From; readonly value: unknown }[]
  readonly timers: {
    readonly ref: TimerRef
    readonly ms: number
    readonly message: string
    readonly payload: unknown
    /** Again and again, not once. */
    readonly repeats: boolean
  }[]
  readonly cancelled: TimerRef[]
  readonly bonds: BondRequest[]
  /** Part of the commit itself: nothing is left to be done for them after it. */
  readonly reminders: ReminderRequest[]
  readonly afterCommit: (() => unknown)[]
}

/** What leaves with the effects is data of its own. Throws `NotDataError`. */
export const copyEffects = (effects: Effects, copy: (value: unknown, what: string) => unknown): Effects => ({
  ...effects,
  replies: effects.replies.map(({ from, value }) => ({ from, value: copy(value, 'a deferred reply') })),
  timers: effects.timers.map(timer => ({ ...timer, payload: copy(timer.payload, 'a timer with a payload') })),
  reminders: effects.reminders.map(asked =>
    asked.op === 'set' ? { ...asked, payload: copy(asked.payload, 'a reminder with a payload') } : asked,
  ),
})

export const noEffects = (): Effects => ({
  replies: [],
  timers: [],
  cancelled: [],
  bonds: [],
  reminders: [],
  afterCommit: [],
})
