import type { AutoShutdown, Child, ChildSpec } from '../child-spec.js'
import type { Clock } from '../clock.js'
import type { ExitReason } from '../exit.js'
import type { Strategy } from './strategy.js'

/** How a supervisor supervises. */
export interface SupervisorOptions {
  readonly name: string
  readonly clock: Clock
  /** Default `'one_for_one'`. */
  readonly strategy?: Strategy
  /** At most so many restarts … default 1 000. */
  readonly maxRestarts?: number
  /** … within so many seconds, default 10. */
  readonly maxSeconds?: number
  /** Is a child restarted after this end without it being counted? Default: never. */
  readonly isFree?: (reason: ExitReason) => boolean
  /** Default `'never'`. */
  readonly autoShutdown?: AutoShutdown
  /** Children that may run at a time: those it is made with and those added later. `DynamicSupervisor`'s `:max_children`. Default `Infinity`. */
  readonly maxChildren?: number
  readonly children?: readonly ChildSpec[]
  /** Told of each end of a child by itself and of what follows from it. */
  readonly onChildExit?: (exit: ChildExit) => void
  /** Told of what those throw who are told of an exit; it harms no supervision. Default: nobody is. */
  readonly onError?: (error: unknown) => void
}

/** A child ended by itself. */
export interface ChildExit {
  readonly supervisor: string
  readonly child: string
  readonly reason: ExitReason
  /** What the supervisor does about it. */
  readonly then: 'restart' | 'forget' | 'give up'
  /** Restarts left in the window. */
  readonly restartsLeft: number
}

/** A child, as {@link Supervisor.whichChildren} tells it. */
export interface ChildInfo {
  readonly id: string
  readonly type: 'worker' | 'supervisor'
  readonly status: 'running' | 'restarting' | 'stopped'
  /** The running life, if there is one. */
  readonly child: Child | undefined
}

/** OTP's `count_children`. */
export interface ChildCount {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}
