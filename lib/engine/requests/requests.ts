import { Agenda } from '../agenda.js'
import type { Clock } from '../clock.js'
import type { Data } from '../data/data.js'
import { fingerprint } from '../data/fingerprint.js'
import { BadOptionError } from '../errors.js'
import type { Entries } from '../tables/entries.js'
import type { Entry } from '../tables/table-write.js'

/** How many requests with an `id` a server remembers, and how long. */
export interface RequestOptions {
  /** The oldest give way to new ones. Default 1 000. */
  readonly max?: number
  /** ms. Default 86 400 000: a day. */
  readonly maxAge?: number
}

/** What makes a repeated call known. */
export interface Request {
  readonly id: string
  /** What stands for its payload. */
  readonly print: string
}

/** A request that ran, as it is stored. */
export interface Remembered {
  /** Those that were stored later have higher numbers. */
  readonly n: number
  /** ms since 1970. */
  readonly at: number
  readonly print: string
  /** The token of its caller, whose reply comes later. */
  readonly from?: string
  readonly reply?: unknown
}

/** Whose requests they are. */
export interface Requested {
  readonly clock: Clock
  readonly data: Data
  readonly settings: { readonly maxRequests: number; readonly maxRequestAge: number }
}

/** One that waits for the reply of a call that it repeats. */
export interface Waiting {
  readonly isSettled: boolean
  answerLater(value: unknown): void
}

/** The table that they are kept in. No handler can open one of such a name. */
export const REQUESTS = '\0requests'

const LONGEST = 255

/** Throws `BadOptionError` for what cannot be the `id` of a request. */
export const requestOf = (where: string, id: unknown, payload: unknown, data: Data): Request => {
  if (typeof id !== 'string' || id === '' || id.length > LONGEST)
    throw new BadOptionError(where, 'id', id, `a string of 1 to ${LONGEST} characters`)
  return { id, print: fingerprint(data.keep(payload)) }
}

type Key = readonly [message: string, id: string]

/** The requests of one server that are remembered, as its next handler would see them. */
export class Requests {
  private readonly agenda = new Agenda<{ readonly key: Key; readonly request: Remembered }>()
  /** By the token of the caller: those whose reply is still to come. */
  private readonly promised = new Map<string, Key>()
  private readonly waiting = new Map<string, Waiting[]>()
  private last = 0

  constructor(
    private readonly owner: Requested,
    kept?: Entries,
  ) {
    for (const entry of kept?.walk() ?? [])
      if (entry.op === 'set') this.enter(entry.key as Key, entry.value as Remembered)
  }

  /** What is remembered of it, if it has run. */
  find(message: string, { id }: Request): Remembered | undefined {
    const found = this.agenda.get(nameOf([message, id]))?.what.request
    return found === undefined || this.isOld(found) ? undefined : found
  }

  /** It ran. `outcome`: its reply, or whom that is to be given to later. */
  ran(
    message: string,
    { id, print }: Request,
    outcome: { readonly reply: unknown } | { readonly from: string },
  ): Entry[] {
    return this.put([message, id], print, outcome)
  }

  /** Is a reply still to come for this token? */
  awaits(from: string): boolean {
    return this.promised.has(from)
  }

  /** The reply has come. */
  replied(from: string, reply: unknown): Entry[] {
    const key = this.promised.get(from)
    const found = key && this.agenda.get(nameOf(key))?.what.request
    return key === undefined || found === undefined ? [] : this.put(key, found.print, { reply })
  }

  /** It waits, too, for the reply to this token. */
  join(from: string, one: Waiting): void {
    const others = this.waiting.get(from) ?? []
    this.waiting.set(from, [...others.filter(({ isSettled }) => !isSettled), one])
  }

  /** Who joined is given the reply. */
  answer(from: string, reply: unknown): void {
    const { waiting, owner } = this
    const all = waiting.get(from) ?? []
    waiting.delete(from)
    for (const one of all) one.answerLater(owner.data.copy(reply))
  }

  private put(key: Key, print: string, outcome: object): Entry[] {
    const { clock, data, settings } = this.owner
    const request = data.keep({ n: this.last + 1, at: clock.time(), print, ...outcome }) as Remembered
    this.enter(key, request)
    const entries: Entry[] = [{ op: 'set', table: REQUESTS, key: data.keep(key), value: request }]
    for (let { first } = this.agenda; first !== undefined; { first } = this.agenda) {
      const { key: oldest, request: old } = first.what
      if (this.agenda.size <= settings.maxRequests && !this.isOld(old)) break
      this.leave(oldest)
      entries.push({ op: 'delete', table: REQUESTS, key: data.keep(oldest) })
    }
    return entries
  }

  private enter(key: Key, request: Remembered): void {
    this.leave(key)
    this.agenda.set(nameOf(key), request.n, { key, request })
    if (request.from !== undefined) this.promised.set(request.from, key)
    this.last = Math.max(this.last, request.n)
  }

  private leave(key: Key): void {
    const from = this.agenda.get(nameOf(key))?.what.request.from
    if (from !== undefined) this.promised.delete(from)
    this.agenda.delete(nameOf(key))
  }

  private isOld({ at }: Remembered): boolean {
    return at + this.owner.settings.maxRequestAge <= this.owner.clock.time()
  }
}

const nameOf = (key: Key): string => JSON.stringify(key)
