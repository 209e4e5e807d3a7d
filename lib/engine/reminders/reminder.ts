import { BadOptionError } from '../errors.js'

/**
 * What becomes of ticks that could not come in their time. Those are meant of which the next one is due as well: that are late by a period or more.
 * `'once'`: one tick stands for all of them. `'all'`: each comes, in order. `'skip'`: none comes, and the next is the next one to be due.
 */
export type MissedTicks = 'once' | 'all' | 'skip'

/**
 * When a reminder is due: once at a time of day (a `Date`, or ms since 1970), once after so many ms, or every so many ms (at least 1 000), from one
 * period on.
 */
export type RemindWhen =
  | { readonly at: Date | number; readonly after?: never; readonly every?: never; readonly missed?: never }
  | { readonly after: number; readonly at?: never; readonly every?: never; readonly missed?: never }
  | {
      readonly every: number
      /** Default `'once'`. */
      readonly missed?: MissedTicks
      readonly at?: never
      readonly after?: never
    }

/** Which tick of a reminder it is: `ctx.reminder`. */
export interface ReminderTick {
  readonly name: string
  /** When it was due, in ms since 1970. Two ticks of a reminder never have the same. */
  readonly dueAt: number
  /** How many ticks before it this one stands for, with `missed: 'once'`. */
  readonly missed: number
}

/** What a handler asks of the reminders of its server. */
export type ReminderRequest =
  | { readonly op: 'forget'; readonly name: string }
  | {
      readonly op: 'set'
      readonly name: string
      readonly at: number | undefined
      readonly after: number | undefined
      readonly every: number | undefined
      readonly missed: MissedTicks
      readonly payload: unknown
    }

/** A reminder as it is stored. */
export interface Reminder {
  /** When it is due next. */
  readonly at: number
  readonly every: number | undefined
  readonly missed: MissedTicks
  readonly payload: unknown
}

/** A tick that has come, and what becomes of its reminder. */
export interface Due {
  readonly tick: ReminderTick
  readonly payload: unknown
  /** Is it told, or only passed over? */
  readonly isTold: boolean
  /** When the reminder is due again, if it is. */
  readonly next: number | undefined
}

const LONGEST_NAME = 255
/** A day in ms before the last day there is, in either direction. */
const LAST = 8.64e15
const SHORTEST = 1_000
const FIELDS = ['at', 'after', 'every', 'missed']
const POLICIES: readonly unknown[] = ['once', 'all', 'skip']

/** What `ctx.remind` asks for. Throws `BadOptionError`. */
export const reminderOf = (name: unknown, when: RemindWhen, payload: unknown): ReminderRequest => {
  const given = (typeof when === 'object' ? (when ?? {}) : {}) as Partial<Record<string, unknown>>
  const { at, after, every, missed } = given
  const stranger = Object.keys(given).find(field => !FIELDS.includes(field))
  if (stranger !== undefined)
    throw bad(stranger, given[stranger], `left out: a reminder has ${FIELDS.join(', ')}`)
  if ([at, after, every].filter(each => each !== undefined).length !== 1)
    throw bad('when', Object.keys(given).join(', ') || 'nothing', 'one of at, after and every')
  if (missed !== undefined && (every === undefined || !POLICIES.includes(missed)))
    throw bad('missed', missed, `${POLICIES.join(', ')}, beside every`)
  return {
    op: 'set',
    name: checkName('ctx.remind', name),
    at: time('at', at instanceof Date ? at.getTime() : at, 0, 'a Date, or ms since 1970'),
    after: time('after', after, 0, 'a number of milliseconds, 0 or more'),
    every: time('every', every, SHORTEST, `a number of milliseconds, ${SHORTEST} or more`),
    missed: (missed ?? 'once') as MissedTicks,
    payload,
  }
}

/** What `ctx.forget` asks for. Throws `BadOptionError`. */
export const forgetting = (name: unknown): ReminderRequest => ({
  op: 'forget',
  name: checkName('ctx.forget', name),
})

const checkName = (asked: string, name: unknown): string => {
  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME) return name
  throw new BadOptionError(asked, 'name', name, `a string of 1 to ${LONGEST_NAME} characters`)
}

// Whole milliseconds: a store keeps its servers in the order of their times.
const time = (option: string, value: unknown, least: number, expected: string): number | undefined => {
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= least && value <= LAST) return Math.ceil(value)
  throw bad(option, value, expected)
}

const bad = (option: string, value: unknown, expected: string): Error =>
  new BadOptionError('ctx.remind', option, value, expected)
