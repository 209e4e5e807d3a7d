import type { LogLevel } from '@nestjs/common'
import type { Clock } from '../../engine/clock.js'
import type { PeeperEvent } from '../../engine/events.js'
import { crashOf, describeExit, isError, isExitReason } from '../../engine/exit.js'
import { guard } from '../../engine/guard.js'
import { Flood } from './flood.js'
import type { Log } from './log.js'

/** How many crashes of one server are told one by one within 10 s. */
const CRASHES_TOLD = 5

const stackOf = (thrown: unknown): string | undefined => {
  const stacks: string[] = []
  for (let at = thrown; isError(at) && stacks.length < 5; at = at.cause) {
    stacks.push(at.stack ?? `${at.name}: ${at.message}`)
  }
  return stacks.length > 0 ? stacks.join('\ncaused by: ') : undefined
}

const inWords = (thrown: unknown): string => describeExit(isExitReason(thrown) ? thrown : crashOf(thrown))

/** All servers of one name are one flood: there may be any number of keys. */
const nameOf = (server: string): string => server.split('/', 1)[0] as string

/** Writes what goes wrong: who, where and why; never a payload, never a state. */
export class CrashLog {
  private readonly flood: Flood

  constructor(
    private readonly log: Log,
    private readonly level: LogLevel,
    clock: Clock,
  ) {
    this.flood = new Flood(clock)
  }

  /** Whatever was thrown can be told of: the log crashes nobody. */
  tell(event: PeeperEvent): void {
    guard(
      () => {
        this.write(event)
      },
      () => undefined,
    )
  }

  end(): void {
    this.flood.end()
  }

  private write(event: PeeperEvent): void {
    const { type, server } = event
    if (type === 'crashed') this.crashed(event)
    else if (type === 'down')
      this.log.write('error', `'${server}' is down: ${inWords(event.reason)}`, stackOf(event.reason))
    else if (type === 'supervisor-down')
      this.log.write(
        'error',
        `supervisor '${server}' gave up: ${inWords(event.reason)}. It ended its children; their states are kept.`,
        stackOf(event.reason),
      )
    else if (type === 'init-failed') this.initFailed(event)
    else if (type === 'store-lost') this.storeLost(event)
    else if (type === 'replies-lost') this.repliesLost(event)
    else if (type === 'store-back')
      this.once(`return of the store of ${nameOf(server)}`, 'log', `the store of '${server}' is back.`)
    else if (type === 'overload') this.overload(event)
    else if (type === 'error') this.error(event)
    else if (type === 'trace')
      this.log.write(
        'debug',
        `'${server}' worker ${event.worker}: ${event.message} → ${event.outcome} (revision ${event.revision})`,
      )
  }

  private crashed({
    server,
    worker,
    message,
    reason,
    restartsLeft,
    toldElsewhere,
  }: Extract<PeeperEvent, { type: 'crashed' }>): void {
    if (toldElsewhere) {
      this.log.write('debug', `'${server}' worker ${worker}: ${message} was told by another owner first.`)
      return
    }
    const during = message === undefined ? 'while idle' : `in ${message}`
    const told = `'${server}' worker ${worker} crashed ${during}: ${inWords(reason)}. Its committed state is kept; ${restartsLeft} restarts left.`
    this.flood.pass(
      `crash of ${nameOf(server)}`,
      CRASHES_TOLD,
      () => {
        this.log.write(this.level, told, stackOf(reason))
      },
      held => {
        this.log.write(
          this.level,
          `'${server}' crashed ${held} more times. The last: ${told}`,
          stackOf(reason),
        )
      },
    )
  }

  private initFailed({
    server,
    attempt,
    reason,
    retryIn,
    awaits,
  }: Extract<PeeperEvent, { type: 'init-failed' }>): void {
    if (awaits !== undefined) return // said once, and the store is tried again and again
    const next = retryIn === undefined ? 'No more tries.' : `Next try in ${Math.round(retryIn)} ms.`
    this.log.write(
      'warn',
      `init of '${server}' failed, try ${attempt}: ${inWords(reason)}. ${next}`,
      stackOf(reason),
    )
  }

  private storeLost({ server, reason }: Extract<PeeperEvent, { type: 'store-lost' }>): void {
    const told = `the store of '${server}' is away: ${inWords(reason)}. What the server is sent waits; the store is tried until it is back.`
    this.once(`store of ${nameOf(server)}`, 'error', told, stackOf(reason))
  }

  private repliesLost(event: Extract<PeeperEvent, { type: 'replies-lost' }>): void {
    const { server, messages, from, to, mayHaveHappened, reason } = event
    const lost = mayHaveHappened ? 'may be lost' : 'is lost'
    this.log.write(
      'error',
      `${messages} messages to '${server}' were answered, and what they changed ${lost} (revisions ${from} to ${to}): ${inWords(reason)}.`,
      stackOf(reason),
    )
  }

  private once(kind: string, level: LogLevel, told: string, stack?: string): void {
    this.flood.pass(
      kind,
      1,
      () => {
        this.log.write(level, told, stack)
      },
      held => {
        this.log.write(level, `${told} (${held} times more)`, stack)
      },
    )
  }

  private overload({ server, what, limit }: Extract<PeeperEvent, { type: 'overload' }>): void {
    const full = `the ${what === 'listener' ? 'buffer of a listener' : what} of '${server}' is full (${limit})`
    this.flood.pass(
      `${what} of ${nameOf(server)}`,
      1,
      () => {
        this.log.write('warn', `${full}: more than can be handled was sent.`)
      },
      held => {
        this.log.write('warn', `${full}, ${held} times more.`)
      },
    )
  }

  private error({ server, where, error }: Extract<PeeperEvent, { type: 'error' }>): void {
    const told = `${where}${server === '' ? '' : ` of '${server}'`} failed: ${inWords(error)}. It harmed nobody.`
    this.flood.pass(
      `${where} of ${nameOf(server)}`,
      CRASHES_TOLD,
      () => {
        this.log.write('error', told, stackOf(error))
      },
      held => {
        this.log.write('error', `${told} (${held} times more)`, stackOf(error))
      },
    )
  }
}
