import { Agenda } from '../agenda.js'
import type { Clock, Timer } from '../clock.js'
import type { Data } from '../data/data.js'
import type { Entries } from '../tables/entries.js'
import type { Entry } from '../tables/table-write.js'
import { TooManyRemindersError } from './errors.js'
import type { Due, Reminder, ReminderRequest } from './reminder.js'

/** The table that they are kept in. No handler can open one of such a name. */
export const REMINDERS = '\0reminders'

/** Reminders of one server. */
export const MAX_REMINDERS = 10_000

/** The time of day may jump: it is looked at again after so many ms at the latest. */
export const LOOK_AGAIN = 3_600_000

/** Whose reminders they are. */
export interface Reminded {
  readonly address: string
  readonly clock: Clock
  readonly data: Data
  /** One of them is due: {@link Reminders.next} says which, when it comes to that among the messages. */
  ring(): void
}

/** The reminders of one server, as its next handler would see them, and the timer for the earliest. */
export class Reminders {
  private readonly agenda = new Agenda<Reminder>()
  private timer: Timer | undefined = undefined
  /** Is somebody there to be told? */
  private isOn = false
  private rings = false

  constructor(
    private readonly owner: Reminded,
    kept?: Entries,
  ) {
    for (const entry of kept?.walk() ?? []) {
      if (entry.op !== 'set') continue
      const reminder = entry.value as Reminder
      this.agenda.set(entry.key as string, reminder.at, reminder)
    }
  }

  /** When the earliest is due, in ms since 1970. */
  get wakeAt(): number | undefined {
    return this.agenda.first?.at
  }

  /** From now on they ring. */
  begin(): void {
    this.isOn = true
    this.arm()
  }

  end(): void {
    this.isOn = false
    this.timer?.cancel()
  }

  /** The one that is due, the earliest if there are several. */
  next(): Due | undefined {
    this.rings = false
    const first = this.agenda.first
    const now = this.owner.clock.time()
    if (first !== undefined && first.at <= now) return dueOf(first.name, first.what, now)
    this.arm()
    return undefined
  }

  /** What its handler leaves of a reminder: when it is due again, or nothing. */
  passed({ tick: { name }, next }: Due): Entry {
    const old = this.agenda.get(name)?.what
    const entry =
      old === undefined || next === undefined ? this.remove(name) : this.put(name, { ...old, at: next })
    this.arm()
    return entry
  }

  /** What a handler asked for; `undefined` if nothing changes by it. Throws `TooManyRemindersError`. */
  changed(request: ReminderRequest): Entry | undefined {
    const { name } = request
    const old = this.agenda.get(name)?.what
    if (request.op === 'forget') return old === undefined ? undefined : this.remove(name)
    if (old === undefined && this.agenda.size >= MAX_REMINDERS)
      throw new TooManyRemindersError(this.owner.address, name, MAX_REMINDERS)
    const { every, missed, payload } = request
    // One that is set again with the period it has goes on: `init` may set it at each start.
    const goesOn = every !== undefined && old?.every === every
    const at = goesOn ? old.at : (request.at ?? this.owner.clock.time() + (request.after ?? every ?? 0))
    const entry = this.put(name, { at: Math.ceil(at), every, missed, payload }, old)
    this.arm()
    return entry
  }

  private put(name: string, reminder: Reminder): Entry
  private put(name: string, reminder: Reminder, old: Reminder | undefined): Entry | undefined
  private put(name: string, reminder: Reminder, old?: Reminder): Entry | undefined {
    const kept = this.owner.data.keep(reminder, old) as Reminder
    if (kept === old) return undefined
    this.agenda.set(name, kept.at, kept)
    return { op: 'set', table: REMINDERS, key: name, value: kept }
  }

  private remove(name: string): Entry {
    this.agenda.delete(name)
    return { op: 'delete', table: REMINDERS, key: name }
  }

  private arm(): void {
    this.timer?.cancel()
    const at = this.wakeAt
    if (at === undefined || !this.isOn || this.rings) return
    const { clock } = this.owner
    const wait = at - clock.time()
    if (wait > 0) {
      this.timer = clock.after(Math.min(wait, LOOK_AGAIN), () => {
        this.arm()
      })
      this.timer.hold(false) // it is kept: a process need not live on for it
      return
    }
    this.rings = true
    this.owner.ring()
  }
}

const dueOf = (name: string, { at, every, missed: policy, payload }: Reminder, now: number): Due => {
  if (every === undefined)
    return { tick: { name, dueAt: at, missed: 0 }, payload, isTold: true, next: undefined }
  if (policy === 'all')
    return { tick: { name, dueAt: at, missed: 0 }, payload, isTold: true, next: at + every }
  const missed = Math.floor((now - at) / every)
  const dueAt = at + missed * every
  const isTold = policy === 'once' || missed === 0
  return { tick: { name, dueAt, missed }, payload, isTold, next: dueAt + every }
}
