import {
  Engine,
  memoryKeeper,
  type DeadLetter,
  type ListenerMeta,
  type Server,
  type Status,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { FlakyKeeper } from '../support/flaky-keeper.js'
import { type Command, type Op, type Program } from './commands.js'
import { emptyLedger, type Ledger } from './ledger.js'
import { ledgerServer } from './ledger-server.js'

/** A message of the program, and how its call ended. */
export interface Sent {
  readonly id: string
  readonly server: string
  readonly kind: 'call' | 'cast' | 'send'
  readonly op: Op
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
}

/** What a listener was told of a change. */
export interface Told {
  readonly old: Ledger
  readonly next: Ledger
  readonly meta: ListenerMeta
}

/** All there is to judge a run by. */
export interface Record {
  readonly sent: Sent[]
  readonly letters: DeadLetter[]
  /** What handlers began, by server, and which `afterCommit`s ran. */
  readonly began: { readonly server: string; readonly id: string; readonly worker: number }[]
  readonly effects: { readonly server: string; readonly id: string }[]
  readonly told: Map<string, Told[]>
  /** The state after each change, by `changes$`. */
  readonly changes: Map<string, Ledger[]>
  /** Servers that gave up. */
  readonly down: string[]
  /** How each server was in the end, after one more crash. */
  readonly last: Map<string, Status & { readonly state: Ledger }>
}

/** Runs a program from start to end, and then lets everything settle, on a keeper that is well again. */
export const run = async (program: Program): Promise<Record> => {
  const clock = simulatedClock()
  const fair = program.weather.length === 0
  const flaky = new FlakyKeeper(program.weather)
  const engine = new Engine({ clock, keeper: fair ? memoryKeeper() : flaky })
  const record: Record = {
    sent: [],
    letters: [],
    began: [],
    effects: [],
    told: new Map(),
    changes: new Map(),
    down: [],
    last: new Map(),
  }
  engine.deadLetters$.subscribe(letter => record.letters.push(letter))
  engine.events$.subscribe(({ type, server }) => type === 'down' && record.down.push(server))
  const servers: Server[] = []
  for (const [index, { restart, onCrash, limit }] of program.servers.entries()) {
    const name = `s${index}`
    const told: Told[] = []
    const changes: Ledger[] = []
    record.told.set(name, told)
    record.changes.set(name, changes)
    const server: Server = await engine.start({
      name,
      restart,
      mailbox: { onCrash, limit },
      state: emptyLedger(),
      listener: {
        onStateChanged: (old: Ledger, next: Ledger, meta: ListenerMeta) => told.push({ old, next, meta }),
      } as never,
      callbacks: ledgerServer(clock, {
        began: id => record.began.push({ server: name, id, worker: server.status().worker }),
        effect: id => record.effects.push({ server: name, id }),
      }),
    })
    server.changes$.subscribe(state => changes.push(state as Ledger))
    servers.push(server)
  }
  flaky.trouble()

  const open = new Set<Promise<unknown>>()
  const watch = (promise: Promise<unknown>): void => {
    const settled: Promise<unknown> = promise.catch(() => undefined).then(() => open.delete(settled))
    open.add(settled)
  }
  for (const [index, command] of program.commands.entries())
    await perform(command, { engine, clock, servers, record, watch, id: String(index) })

  flaky.mend()
  const quiet = (): boolean => open.size === 0
  const back = async (server: Server): Promise<void> => {
    await clock.advance(0)
    let failure: unknown
    if (['stopped', 'down'].includes(server.status().status))
      watch(engine.start(server.name).catch((error: unknown) => (failure = error)))
    await until(clock, `${server.name} is back`, quiet)
    if (failure !== undefined) throw new Error(`${server.name} did not start again`, { cause: failure })
    watch(server.drained())
    await until(clock, `${server.name} is drained`, quiet)
  }
  await until(clock, 'all calls, stops and starts are settled', quiet)
  for (const server of servers) {
    await back(server)
    server.exit('kill') // what it holds now is what the keeper held
    await back(server)
    record.last.set(server.name, server.status() as never)
  }
  watch(engine.close())
  await until(clock, 'the engine is closed', quiet)
  return record
}

interface World {
  readonly engine: Engine
  readonly clock: SimulatedClock
  readonly servers: readonly Server[]
  readonly record: Record
  readonly watch: (promise: Promise<unknown>) => void
  readonly id: string
}

const perform = async (command: Command, world: World): Promise<void> => {
  if (command.do === 'turns')
    for (let turn = 0; turn < command.count; turn += 1) await new Promise(setImmediate)
  else if (command.do === 'pass') await world.clock.advance(command.ms)
  else act(command, world, world.servers[command.to % world.servers.length]!)
}

const act = (command: Extract<Command, { to: number }>, world: World, server: Server): void => {
  const { engine, record, watch, id } = world
  switch (command.do) {
    case 'exit':
      return server.exit(command.reason === 'error' ? new Error('an exit') : command.reason)
    case 'kill the keeper':
      return server.whichChildren()[0]?.exit('kill')
    case 'stop':
      return watch(server.stop())
    case 'start':
      return watch(engine.start(server.name))
  }
  const { do: kind, op, ms } = command
  const sent: Sent = { id, server: server.name, kind, op, outcome: undefined }
  record.sent.push(sent)
  if (kind !== 'call') return void server[kind](op, { id, ms })
  const settle = (outcome: Sent['outcome']): void => {
    if (sent.outcome !== undefined) throw new Error(`call ${id} was settled twice`)
    sent.outcome = outcome
  }
  watch(
    server.call(op, { id, ms }).then(
      value => settle({ value }),
      (error: unknown) => settle({ error }),
    ),
  )
}

/** Lets time pass until it is so. */
const until = async (clock: SimulatedClock, what: string, isSo: () => boolean): Promise<void> => {
  for (let round = 0; round < 60; round += 1) {
    await clock.advance(round === 0 ? 0 : 10_000)
    if (isSo()) return
  }
  throw new Error(`it never happened that ${what}`)
}
