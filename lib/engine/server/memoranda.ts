import { Envelope, type SystemRequest } from '../mailbox/envelope.js'
import type { Data } from '../data/data.js'
import { thaw } from '../data/release.js'
import type { Clock } from '../clock.js'
import { promptly, type Prompt } from '../promptly.js'
import { REMINDERS, Reminders, type Reminded } from '../reminders/reminders.js'
import { RequestMismatchError } from '../requests/errors.js'
import { REQUESTS, Requests, type Request, type Requested } from '../requests/requests.js'
import type { TableWrite } from '../tables/table-write.js'
import type { Completion } from '../worker/worker.js'
import type { Home } from './home.js'
import type { Settings } from './settings.js'

/** What is left of a message that changed nothing. */
export const unchanged = (state: unknown): Completion => ({
  state,
  answer: 'later',
  value: undefined,
  directive: undefined,
  stop: undefined,
  effects: undefined,
  writes: undefined,
})

/**
 * What a server remembers for its callers and for itself, beside its state: requests that ran, and reminders that are set. Both stand in tables of its
 * own, written in the commit of the handler they belong to. Made for servers that have any, anew for each life.
 */
export class Memoranda implements Reminded, Requested {
  private reminders: Reminders | undefined
  private requests: Requests | undefined

  constructor(private readonly home: Home) {
    const { commits } = home
    const [reminders, requests] = [commits.systemTable(REMINDERS), commits.systemTable(REQUESTS)]
    this.reminders = reminders && new Reminders(this, reminders.completed)
    this.requests = requests && new Requests(this, requests.completed)
  }

  get address(): string {
    return this.home.address
  }

  get clock(): Clock {
    return this.home.clock
  }

  get data(): Data {
    return this.home.data
  }

  get settings(): Settings {
    return this.home.settings
  }

  // ---- reminders

  /** When the server is to be woken, in memory or not. */
  get wakeAt(): number | undefined {
    return this.reminders?.wakeAt
  }

  /** A life begins: it is told from now on. */
  begin(): void {
    this.reminders?.begin()
  }

  end(): void {
    this.reminders?.end()
  }

  ring(): void {
    const { home } = this
    if (home.isClosing) return // it is kept, and told after the next start
    home.apart(() => {
      home.deliver(new Envelope(home, 'info', 'wake', undefined, undefined, { type: 'wake' }))
    })
  }

  /** The message that a reminder is, if one is due. */
  next(): Envelope | undefined {
    const due = this.home.isClosing ? undefined : this.reminders?.next()
    if (due === undefined) return undefined
    const payload = thaw(due.payload)
    return new Envelope(this.home, 'info', due.tick.name, payload, undefined, { type: 'reminder', due })
  }

  // ---- requests

  /** What becomes of a call that ran before; `undefined` if it did not. */
  recall(envelope: Envelope, request: Request, state: unknown): Completion | undefined {
    const found = this.requests?.find(envelope.name, request)
    if (found === undefined) return undefined
    if (found.print !== request.print) {
      const value = new RequestMismatchError(this.address, envelope.name, request.id)
      return { ...unchanged(state), answer: 'refuse', value }
    }
    if (found.from === undefined) return { ...unchanged(state), answer: 'reply', value: thaw(found.reply) }
    this.requests?.join(found.from, envelope)
    return unchanged(state)
  }

  /** A reply has come for the caller of this token. Is it to be remembered first? If not, who repeated its request is given it, too. */
  putsOff(id: string, value: unknown): boolean {
    const { home, requests } = this
    if (requests?.awaits(id) !== true) {
      requests?.answer(id, value)
      return false
    }
    home.deliver(new Envelope(home, 'info', 'reply', undefined, undefined, { type: 'reply', id, value }))
    return true
  }

  // ---- a handler has returned

  /** What it left, and with it what is to be remembered of it. Throws what is a crash of it. */
  settle(envelope: Envelope | undefined, completion: Completion): Completion {
    const written = [
      ...this.settleReminders(envelope?.system, completion),
      ...this.settleRequests(envelope, completion),
    ]
    if (written.length === 0) return completion
    const { kept = [], local = [], dictionary } = completion.writes ?? {}
    return { ...completion, writes: { kept: [...kept, ...written], local, dictionary } }
  }

  private settleReminders(system: SystemRequest | undefined, { effects }: Completion): readonly TableWrite[] {
    const asked = effects?.reminders ?? []
    if (asked.length > 0 && this.reminders === undefined) {
      this.reminders = new Reminders(this)
      if (this.home.life?.isRunning === true) this.reminders.begin()
    }
    const { reminders } = this
    if (reminders === undefined) return []
    const passed = system?.type === 'reminder' ? [reminders.passed(system.due)] : []
    return this.into(REMINDERS, [...passed, ...asked.flatMap(each => reminders.changed(each) ?? [])])
  }

  private settleRequests(envelope: Envelope | undefined, completion: Completion): readonly TableWrite[] {
    if (envelope?.request !== undefined) this.requests ??= new Requests(this)
    const { requests, address } = this
    if (requests === undefined) return []
    const ran = envelope === undefined ? [] : ranIn(requests, envelope, completion)
    const replied = (completion.effects?.replies ?? []).flatMap(({ from, value }) =>
      from.server === address ? requests.replied(from.id, value) : [],
    )
    return this.into(REQUESTS, [...ran, ...replied])
  }

  private into(table: string, entries: readonly TableWrite[]): readonly TableWrite[] {
    if (entries.length === 0 || this.home.commits.systemTable(table) !== undefined) return entries
    return [{ op: 'create', table, ordered: false, access: 'private' }, ...entries]
  }
}

const ranIn = (
  requests: Requests,
  envelope: Envelope,
  { answer, value }: Completion,
): readonly TableWrite[] => {
  const { name, request } = envelope
  if (request === undefined || answer === 'refuse' || requests.find(name, request) !== undefined) return []
  const from = answer === 'later' ? envelope.from()?.id : undefined
  return requests.ran(name, request, from === undefined ? { reply: value } : { from })
}

/** Before a life begins: what is stored of this is there when it does. */
export const recollect = (home: Home): Prompt<void> => {
  const { commits, data } = home
  home.memoranda = undefined
  const tables = [REMINDERS, REQUESTS].flatMap(table => commits.systemTable(table) ?? [])
  if (tables.length === 0) return
  const loading = tables.flatMap(table => table.load(data) ?? [])
  return promptly(
    () => (loading.length === 0 ? undefined : Promise.all(loading)),
    () => {
      home.memoranda = new Memoranda(home)
      commits.wakeAt = home.memoranda.wakeAt
    },
  )
}

/** What a handler left, and with it what the server is to remember of it. Most leave nothing of the kind. Throws what is a crash of the handler. */
export const settled = (home: Home, envelope: Envelope | undefined, completion: Completion): Completion => {
  const { effects } = completion
  const request = envelope?.request
  if (request === undefined && effects === undefined && envelope?.system === undefined) return completion
  if (request !== undefined || (effects !== undefined && effects.reminders.length > 0))
    home.memoranda ??= new Memoranda(home)
  return home.memoranda === undefined ? completion : home.memoranda.settle(envelope, completion)
}
