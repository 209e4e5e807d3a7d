import type { Patch } from '../data/patch.js'
import type { ExitReason } from '../exit.js'
import type { MessageKind } from '../mailbox/envelope.js'
import type { Directive } from '../outcome.js'
import type { ReminderTick } from '../reminders/reminder.js'
import type { KeptTable, TableWrite } from '../tables/table-write.js'
import type { Effects } from '../worker/effects.js'
import type { Birth } from '../worker/life.js'
import type { Completion } from '../worker/worker.js'
import type { Stores } from './contexts.js'

/** What a life there is told of itself. `life` is its number in the place. */
export interface Birthright extends Pick<Birth, 'server' | 'name' | 'key' | 'worker' | 'restarts' | 'cause'> {
  /** Which callbacks it runs: the name they are hosted under. */
  readonly program: string
  readonly tables: readonly Omit<KeptTable, 'entries'>[]
  readonly dictionary: ReadonlyMap<unknown, unknown> | undefined
}

/** What is sent to a place. `state` is there where the place has another one, or none. */
export type Order =
  | { readonly op: 'ping' }
  | { readonly op: 'close' }
  | { readonly op: 'born'; readonly life: number; readonly birth: Birthright }
  | { readonly op: 'init'; readonly life: number; readonly arg: unknown; readonly restart: boolean }
  | {
      readonly op: 'run'
      readonly life: number
      /** Of messages that are sent before their turn: those of an older one were dropped. */
      readonly epoch: number
      readonly kind: MessageKind
      readonly name: string
      readonly payload: unknown
      readonly awaited: boolean
      readonly reminder: ReminderTick | undefined
      /** What is current where it was sent. */
      readonly stores?: Stores | undefined
      readonly state?: State
    }
  | {
      readonly op: 'codeChange'
      readonly life: number
      readonly from: number
      readonly extra: unknown
      readonly state?: State
    }
  | { readonly op: 'terminate'; readonly life: number; readonly reason: ExitReason; readonly state?: State }
  | { readonly op: 'halt'; readonly life: number }
  | { readonly op: 'exit'; readonly life: number; readonly reason: ExitReason }
  | { readonly op: 'dispose'; readonly life: number }
  | { readonly op: 'afterCommit'; readonly life: number; readonly turn: number }
  | Answer

/** What is asked comes back. */
export type Answer = { readonly op: 'answer'; readonly ask: number } & (
  { readonly value: unknown } | { readonly entries: Entries } | { readonly error: unknown }
)

/** In a box: a state may be `undefined`. */
export type State = readonly [state: unknown]

/** What became of a turn there. */
export interface Done extends Pick<Completion, 'answer' | 'value' | 'stop'> {
  /** From the state that the turn began with; `undefined` if it is the same. */
  readonly patches: readonly Patch[] | undefined
  readonly directive: Directive | undefined
  readonly effects: PortableEffects | undefined
  readonly writes:
    | {
        readonly kept: readonly TableWrite[]
        readonly local: readonly TableWrite[]
        readonly dictionary: readonly Patch[] | undefined
      }
    | undefined
}

/** Functions stay where they are: `afterCommit` is the number of the turn that asked for them, if it did. */
export interface PortableEffects extends Omit<Effects, 'afterCommit'> {
  readonly afterCommit: number | undefined
}

/** How a call from a place waits; a signal stays there. */
export interface PortableCallOptions {
  readonly timeout?: number
  readonly id?: string
}

/** Those of a table. Each is data of its own: an entry may be as deep as data can be. */
export type Entries = readonly (readonly [key: unknown, value: unknown])[]

/** What is asked of the main side by those who live in a place. */
export type Asked =
  | {
      readonly to: 'call'
      readonly address: string
      readonly message: string
      readonly payload: unknown
      readonly options: PortableCallOptions | undefined
    }
  | { readonly to: 'table'; readonly table: string }

/** What is told to a server by those who live in a place. */
export interface Telling {
  readonly to: 'cast' | 'info' | 'exit'
  readonly address: string
  readonly message: string
  readonly payload: unknown
}

/** What comes from a place. */
export type Report =
  /** `contexts`: the names of those that cross. */
  | { readonly op: 'ready'; readonly contexts: readonly string[] }
  | { readonly op: 'pong' }
  | { readonly op: 'closed' }
  | { readonly op: 'culprit'; readonly life: number }
  | { readonly op: 'born'; readonly life: number }
  | { readonly op: 'awaits'; readonly life: number }
  | { readonly op: 'done'; readonly life: number; readonly done: Done }
  | { readonly op: 'committed'; readonly life: number; readonly turn: number }
  | { readonly op: 'crashed'; readonly life: number; readonly error: unknown }
  | { readonly op: 'halted'; readonly life: number; readonly isBusy: boolean }
  | { readonly op: 'over'; readonly life: number; readonly error?: unknown }
  | { readonly op: 'perform'; readonly life: number; readonly effects: PortableEffects }
  | { readonly op: 'known'; readonly life: number; readonly id: string }
  | { readonly op: 'gone'; readonly life: number }
  | { readonly op: 'error'; readonly life: number; readonly where: string; readonly error: unknown }
  | {
      readonly op: 'ask'
      readonly life: number
      readonly turn: number
      readonly ask: number
      readonly asked: Asked
      readonly stores: Stores | undefined
    }
  | {
      readonly op: 'tell'
      readonly life: number
      readonly turn: number
      readonly telling: Telling
      readonly stores: Stores | undefined
    }
