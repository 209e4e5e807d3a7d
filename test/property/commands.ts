import fc from 'fast-check'
import { type Weather } from '../support/flaky-keeper.js'

/** What a handler does with its message; see `ledger-server.ts`. */
const CHANGES = ['add', 'replace', 'slow', 'chain', 'later', 'answer', 'table'] as const
const FAILURES = ['throw', 'reject', 'refuse', 'bad', 'chainThrow', 'tableThrow'] as const
export type Op =
  (typeof CHANGES)[number] | (typeof FAILURES)[number] | 'stop' | 'read' | 'slowRead' | 'tableRead' | 'defer'

export type Command =
  | { readonly do: 'call' | 'cast' | 'send'; readonly to: number; readonly op: Op; readonly ms: number }
  | { readonly do: 'exit'; readonly to: number; readonly reason: 'kill' | 'shutdown' | 'error' }
  | { readonly do: 'kill the keeper' | 'stop' | 'start'; readonly to: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'restart the application' }

export interface ServerPlan {
  readonly restart: 'permanent' | 'transient' | 'temporary'
  readonly onCrash: 'keep' | 'drop'
  readonly limit: number
}

export interface Program {
  readonly servers: readonly ServerPlan[]
  /** How the keeper behaves: empty for a memory keeper. */
  readonly weather: readonly Weather[]
  readonly commands: readonly Command[]
}

const ms = fc.constantFrom(0, 1, 10, 1_000, 6_000)
const to = fc.nat({ max: 2 })
const often = fc.constantFrom<Op>(...CHANGES)
const seldom = fc.constantFrom<Op>(...FAILURES, 'stop', 'read', 'slowRead', 'read', 'tableRead')

const message: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('call' as const),
    to,
    op: fc.oneof(often, seldom, fc.constant<Op>('defer')),
    ms,
  }),
  fc.record({ do: fc.constantFrom('cast' as const, 'send' as const), to, op: fc.oneof(often, seldom), ms }),
)

const blow: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('exit' as const),
    to,
    reason: fc.constantFrom('kill' as const, 'shutdown' as const, 'error' as const),
  }),
  fc.record({ do: fc.constant('kill the keeper' as const), to }),
)

const change: fc.Arbitrary<Command> = fc.record({
  do: fc.constantFrom('stop' as const, 'start' as const, 'start' as const),
  to,
})

const time: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('turns' as const), count: fc.nat({ max: 6 }) }),
  fc.record({ do: fc.constant('pass' as const), ms }),
)

const weather: fc.Arbitrary<Weather> = fc.record({
  turns: fc.nat({ max: 4 }),
  fate: fc.oneof(
    { arbitrary: fc.constant('fine' as const), weight: 5 },
    { arbitrary: fc.constantFrom('lost' as const, 'unconfirmed' as const), weight: 1 },
  ),
  first: fc.boolean(),
})

const server: fc.Arbitrary<ServerPlan> = fc.record({
  restart: fc.constantFrom('permanent', 'permanent', 'permanent', 'transient', 'temporary'),
  onCrash: fc.constantFrom('keep', 'keep', 'drop'),
  limit: fc.constantFrom(1_000, 1_000, 2),
})

const restart: fc.Arbitrary<Command> = fc.constant({ do: 'restart the application' })

const programOf = (plan: fc.Arbitrary<Weather[]>, restarts = 0): fc.Arbitrary<Program> =>
  fc.record({
    servers: fc.array(server, { minLength: 1, maxLength: 3 }),
    weather: plan,
    commands: fc.array(
      fc.oneof(
        { arbitrary: message, weight: 12 },
        { arbitrary: blow, weight: 3 },
        { arbitrary: change, weight: 1 },
        { arbitrary: time, weight: 5 },
        { arbitrary: restart, weight: restarts },
      ),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
  })

/** Programs on a memory keeper. */
export const fairPrograms = programOf(fc.constant([]))

/** Programs on a keeper that answers later and sometimes fails. */
export const stormyPrograms = programOf(fc.array(weather, { minLength: 1, maxLength: 8 }))

/** Programs on a store, which takes its time, and which applications open one after the other. */
export const storedPrograms = programOf(fc.constant([{ turns: 0, fate: 'fine', first: true }]), 1)
