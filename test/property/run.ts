import { Engine, memoryKeeper, type ListenerMeta, type Server } from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { FlakyKeeper } from '../support/flaky-keeper.js'
import { type Command, type Program } from './commands.js'
import { emptyLedger, type Ledger } from './ledger.js'
import { ledgerServer } from './ledger-server.js'
import { Record, type Sent, type Told } from './record.js'

/** Runs a program from start to end, and then lets everything settle, on a keeper that is well again. */
export const run = async (program: Program): Promise<Record> => {
  const clock = simulatedClock()
  const fair = program.weather.length === 0
  const flaky = new FlakyKeeper(program.weather)
  const engine = new Engine({ clock, keeper: fair ? memoryKeeper() : flaky })
  const record = new Record()
  engine.deadLetters$.subscribe(letter => record.letters.push(letter))
  engine.events$.subscribe(event => {
    const { type, server } = event
    if (type === 'down') record.down.push(server)
    else if (type === 'crashed' || type === 'exited')
      record.ends.push({ server, worker: event.worker, at: clock.now() })
  })
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
        onStateChanged: (old: Ledger, next: Ledger, meta: ListenerMeta) =>
          told.push({ old, next, meta, at: clock.now() }),
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
  readonly id: string
}

const perform = async (command: Command, world: World): Promise<void> => {
  if (command.do === 'turns')
    for (let turn = 0; turn < command.count; turn += 1) await new Promise(setImmediate)
  else if (command.do === 'pass') await world.clock.advance(command.ms)
  else act(command, world, world.servers[command.to % world.servers.length]!)
}

const act = (command: Extract<Command, { to: number }>, world: World, server: Server): void => {
  const { engine, clock, record, watch, id } = world
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
    life: status === 'running' ? worker : undefined,
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
