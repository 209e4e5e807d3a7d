import { Engine, memoryKeeper, type Keeper, type ListenerMeta, type Server } from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { FlakyKeeper } from '../support/flaky-keeper.js'
import { type Command, type Program } from './commands.js'
import { emptyLedger, type Ledger } from './ledger.js'
import { ledgerServer } from './ledger-server.js'
import { Record, type Sent, type Told } from './record.js'

/** Where a program runs: by default on a keeper as its weather says. */
export interface Place {
  readonly keeper: Keeper
  readonly busy?: () => Promise<unknown> | undefined
}

/** ms that an application has to come to its end: whatever it was asked for is done first. */
const PATIENCE = 10_000_000

/** Workers of one application are numbered from here, so that no two of a run have one number. */
const WORKERS = 1_000

/** Runs a program from start to end, and then lets everything settle, on a keeper that is well again. */
export const run = async (program: Program, place?: Place): Promise<Record> => {
  const clock = simulatedClock(place?.busy === undefined ? {} : { busy: place.busy })
  const fair = program.weather.length === 0
  const flaky = new FlakyKeeper(program.weather)
  const record = new Record()
  let applications = 0
  const begin = async (): Promise<World> => {
    const engine = new Engine({ clock, keeper: place?.keeper ?? (fair ? memoryKeeper() : flaky) })
    const before = WORKERS * (applications += 1)
    engine.deadLetters$.subscribe(letter => record.letters.push(letter))
    engine.events$.subscribe(event => {
      const { type, server } = event
      if (type === 'down') record.down.push(server)
      else if (type === 'crashed' || type === 'exited')
        record.ends.push({ server, worker: before + event.worker, at: clock.now() })
    })
    const servers: Server[] = []
    for (const [index, { restart, onCrash, limit }] of program.servers.entries()) {
      const name = `s${index}`
      const told: Told[] = record.told.get(name) ?? []
      const changes: Ledger[] = record.changes.get(name) ?? []
      record.told.set(name, told)
      record.changes.set(name, changes)
      const server: Server = await engine.start({
        name,
        restart,
        mailbox: { onCrash, limit },
        state: emptyLedger(),
        listener: {
          onStateChanged: (old: Ledger, next: Ledger, meta: ListenerMeta) =>
            told.push({ old, next, meta, at: clock.now() }),
        } as never,
        callbacks: ledgerServer(clock, {
          began: id => record.began.push({ server: name, id, worker: before + server.status().worker }),
          effect: id => record.effects.push({ server: name, id }),
        }),
      })
      server.changes$.subscribe(state => changes.push(state as Ledger))
      servers.push(server)
    }
    return { engine, servers, before, clock, record, watch }
  }
  const open = new Set<Promise<unknown>>()
  const watch = (promise: Promise<unknown>): void => {
    const settled: Promise<unknown> = promise.catch(() => undefined).then(() => open.delete(settled))
    open.add(settled)
  }
  const quiet = (): boolean => open.size === 0
  let world = await begin()
  flaky.trouble()
  for (const [index, command] of program.commands.entries())
    if (command.do === 'restart the application') {
      watch(world.engine.close(PATIENCE))
      await until(clock, 'the application has ended', quiet)
      world = await begin()
    } else await perform(command, world, String(index))

  const { engine, servers } = world
  flaky.mend()
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
    watch(server.call('look').then(seen => record.seen.set(server.name, seen as never)))
    await until(clock, `${server.name} is looked at`, quiet)
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
  /** What the numbers of its workers are counted from. */
  readonly before: number
}

type Deed = Exclude<Command, { do: 'restart the application' }>

const perform = async (command: Deed, world: World, id: string): Promise<void> => {
  if (command.do === 'turns')
    for (let turn = 0; turn < command.count; turn += 1) await new Promise(setImmediate)
  else if (command.do === 'pass') await world.clock.advance(command.ms)
  else act(command, world, world.servers[command.to % world.servers.length]!, id)
}

const act = (command: Extract<Command, { to: number }>, world: World, server: Server, id: string): void => {
  const { engine, clock, record, watch, before } = world
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
  const { status, worker } = server.status()
  const sent: Sent = {
    id,
    server: server.name,
    kind,
    op,
    at: clock.now(),
    life: status === 'running' ? before + worker : undefined,
    outcome: undefined,
  }
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
