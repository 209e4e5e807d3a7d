import { PeeperError } from '../errors.js'
import { messageOf } from '../exit.js'

/** The entry file of `isolation` hosts no callbacks for this server. */
export class NotHostedError extends PeeperError {
  readonly code = 'PEEPER_NOT_HOSTED'
  constructor(server: string) {
    super(
      `'${server}' is isolated, and the file that 'isolation.entry' names hosts nothing of this name. In Nest, import the module that provides its ` +
        `class there; without Nest, add it: hostServers(import.meta.url, { '${server}': { callbacks } }).`,
    )
  }
}

/** How a thread or a process ended. */
export interface Loss {
  /** `hung`: it gave no sign of life for `deadline` ms, and was ended. `closed`: the engine ended it. */
  readonly how: 'exited' | 'hung' | 'out of memory' | 'closed'
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  /** What it failed with, if that is known. */
  readonly cause?: unknown
}

/** Whose handlers ran in a place when it ended: one of them ended it. */
export type Suspects = readonly string[]

/** A thread or a process that has ended. */
export interface LostPlace {
  readonly kind: string
  readonly loss: Loss
  /** Had it begun to serve? */
  readonly isReady: boolean
  readonly suspects: Suspects
}

/**
 * The thread or process that an isolated worker lived in has ended, and the worker with it. What was not committed has not happened.
 *
 * `suspects` are the servers whose handlers were running in it. A single one has ended it, and its restart counts; the others there restart for free. Of
 * several nobody knows which it was: they are started apart, each in a thread of its own, until each has answered.
 */
export class WorkerLostError extends PeeperError {
  readonly code = 'PEEPER_WORKER_LOST'
  readonly how: Loss['how']
  readonly suspects: Suspects
  constructor(
    readonly server: string,
    { kind, loss, isReady, suspects }: LostPlace,
  ) {
    const whose = isReady
      ? blame(server, suspects)
      : 'It had not started: look at its entry file, and at what the module there does. '
    super(
      `the ${kind} that the worker of '${server}' lived in ${ending(loss)}. ${whose}All servers of that ${kind} are started again, ` +
        'with their states.',
      { cause: loss.cause },
    )
    this.how = loss.how
    this.suspects = suspects
  }

  /** Did another server end the place? */
  get isBystander(): boolean {
    return this.suspects.length > 1 || (this.suspects.length === 1 && this.suspects[0] !== this.server)
  }
}

const ending = ({ how, exitCode, signal, cause }: Loss): string => {
  if (how === 'hung') return 'has hung: it gave no sign of life, and was ended'
  if (how === 'out of memory') return 'has run out of memory'
  if (how === 'closed') return 'was ended with its engine'
  const code = signal === undefined ? `with the exit code ${exitCode ?? 'unknown'}` : `by ${signal}`
  return `has ended, ${code}${cause === undefined ? '' : ` (${messageOf(cause)})`}`
}

const blame = (server: string, suspects: Suspects): string => {
  if (suspects.length === 0)
    return 'No handler ran there: look for timers and promises that nobody waits for. '
  if (suspects.length > 1) return `Handlers of ${quoted(suspects)} ran there: one of them is the cause. `
  return suspects[0] === server ? 'Its own handler ran. ' : `The handler of ${quoted(suspects)} ran there. `
}

const quoted = (names: Suspects): string => names.map(name => `'${name}'`).join(', ')
