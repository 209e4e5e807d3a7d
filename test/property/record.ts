import { type DeadLetter, type ListenerMeta, type Status } from 'nestjs-peeper/engine'
import { type Op } from './commands.js'
import { type Seen } from './ledger-server.js'
import { type Ledger } from './ledger.js'

/** A message of the program, and how its call ended. */
export interface Sent {
  readonly id: string
  readonly server: string
  readonly kind: 'call' | 'cast' | 'send'
  readonly op: Op
  /** Simulated ms. */
  readonly at: number
  /** The life that ran when it was sent, if one did. */
  readonly life: number | undefined
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
}

/** A handler took a message. */
export interface Begun {
  readonly server: string
  readonly id: string
  readonly worker: number
}

/** What a listener was told of a change. */
export interface Told {
  readonly old: Ledger
  readonly next: Ledger
  readonly meta: ListenerMeta
  readonly at: number
}

/** All there is to judge a run by. */
export class Record {
  readonly sent: Sent[] = []
  readonly letters: DeadLetter[] = []
  readonly began: Begun[] = []
  /** Which `afterCommit`s ran. */
  readonly effects: { readonly server: string; readonly id: string }[] = []
  readonly told = new Map<string, Told[]>()
  /** The state after each change, by `changes$`. */
  readonly changes = new Map<string, Ledger[]>()
  /** Lives that ended by themselves or by an exit. */
  readonly ends: { readonly server: string; readonly worker: number; readonly at: number }[] = []
  /** Servers that gave up. */
  readonly down: string[] = []
  /** How each server was in the end, after one more crash. */
  readonly last = new Map<string, Status & { readonly state: Ledger }>()
  /** What a handler saw then. */
  readonly seen = new Map<string, Seen>()
}
