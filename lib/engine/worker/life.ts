import { ContextEndedError } from '../errors.js'
import { guard } from '../guard.js'
import type { ExitReason } from '../exit.js'
import type { Ref } from '../ref.js'
import type { Holdings } from '../tables/holdings.js'
import type { Effects } from './effects.js'

/** Who lives here: told to a worker by its server. */
export interface Birth {
  readonly server: string
  readonly name: string
  readonly key: string | undefined
  /** The number of this life, from 1. */
  readonly worker: number
  readonly restarts: number
  /** Why the life before ended. */
  readonly cause: ExitReason | undefined
  /** The server itself, to send to. */
  readonly self: Ref
  /** Its tables and its dictionary. Asked for by those that use them. */
  readonly holdings: Holdings
  /** A token unlike any other, here or in another process. */
  nextId(): string
  /** Carries out effects asked for outside of any message, by work that goes on while this life lasts. */
  perform(effects: Effects): void
  /** The worker is gone without having been told to go. */
  lost(reason: Error): void
  /** Reports an error that harms nobody. */
  report(where: string, error: unknown): void
}

/** One life: what all its contexts share, and how it ends. */
export class Life {
  private ended: ExitReason | undefined
  private abort: AbortController | undefined
  private disposers: (() => unknown)[] | undefined = undefined

  constructor(readonly birth: Birth) {}

  /** Throws once this life has ended. */
  check(member: string): void {
    if (this.ended !== undefined)
      throw new ContextEndedError(this.birth.server, this.birth.worker, member, this.ended)
  }

  get isOver(): boolean {
    return this.ended !== undefined
  }

  // Made when first asked for: a controller costs ten times an await.
  get signal(): AbortSignal {
    return (this.abort ??= new AbortController()).signal
  }

  onExit(dispose: () => unknown): void {
    this.disposers ??= []
    this.disposers.push(dispose)
  }

  end(reason: ExitReason): void {
    if (this.ended !== undefined) return
    this.ended = reason
    this.abort?.abort(reason)
  }

  /** Runs what was registered with `onExit`, the last first. */
  dispose(): void {
    for (const dispose of this.disposers?.reverse() ?? []) this.guard('onExit', dispose)
    this.disposers = undefined
  }

  private guard(where: string, run: () => unknown): void {
    guard(run, error => {
      this.birth.report(where, error)
    })
  }
}
