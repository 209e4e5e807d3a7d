import type { PeeperClient, PeeperClients } from 'nestjs-peeper'
import type { Served } from '../contenders/contender.js'
import { mutex } from '../contenders/mutex.js'
import type { KeyedReader, KeyedTally, Reader } from '../contenders/servers.js'
import { heapInUse } from '../measure.js'
import { count } from '../numbers.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'
import { read } from '../works.js'

const KEYS = 100_000
const HOT = 10_000
const MESSAGES = 1_000_000
const DRAWS = 1 << 16

const MANY_NAMED = `${count(HOT)} named servers`
const MANY_MUTEXES = `${count(HOT)} mutexes`

const keys = (n: number, of = 'lot'): string[] => Array.from({ length: n }, (_, i) => `${of}-${i}`)

/** So many draws of 0 … n - 1, the first the oftenest: Zipf's law. Always the same draws. */
const zipf = (n: number, draws: number): number[] => {
  const below: number[] = []
  let sum = 0
  for (let rank = 1; rank <= n; rank += 1) below.push((sum += 1 / rank))
  let seed = 1
  return Array.from({ length: draws }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const drawn = (seed / 2 ** 32) * sum
    let [from, to] = [0, n - 1]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((below[middle] as number) < drawn) from = middle + 1
      else to = middle
    }
    return from
  })
}

/** Calls one of these after the other, the first the oftenest. */
const drawnFrom = <T>(all: readonly T[], call: (one: T) => Promise<number>): (() => Promise<number>) => {
  const draws = zipf(all.length, DRAWS).map(rank => all[rank] as T)
  let drawn = 0
  return () => call(draws[(drawn = (drawn + 1) % DRAWS)] as T)
}

const single: Trial = {
  prepare: async effort => {
    const { house, Reader } = await import('../contenders/ours.js')
    const { client } = await house(Reader)
    return named(
      'one named server',
      await sequential(
        effort,
        () => client.call('read'),
        () => 1,
      ),
    )
  },
}

/** A message to each of all keys, then those to hot ones. */
const hot: Trial = {
  prepare: async effort => {
    const { house, ...servers } = await import('../contenders/ours.js')
    const { peeper } = await house(servers.KeyedReader)
    const lots: PeeperClients<KeyedReader> = peeper.clients(servers.KeyedReader)
    const [all, some] = [keys(KEYS * effort.scale), HOT * effort.scale]
    for (const key of all) await lots.for(key).call('read')
    const call = drawnFrom(all.slice(0, some), key => lots.for(key).call('read'))
    return named('hot keys', await sequential(effort, call, () => 1))
  },
}

/** As many servers that have names instead. */
const manyNamed: Trial = {
  prepare: async effort => {
    const { house, Reader } = await import('../contenders/ours.js')
    const { more } = await house(Reader)
    const clients: PeeperClient<Reader>[] = []
    for (let i = 0; i < HOT * effort.scale; i += 1) clients.push(await more())
    return named(
      MANY_NAMED,
      await sequential(
        effort,
        drawnFrom(clients, client => client.call('read')),
        () => 1,
      ),
    )
  },
}

/** So many mutexes, found by their keys. */
const mutexes = (name: string, n: number): Trial => ({
  by: mutex,
  prepare: async effort => {
    const start = await mutex.open(read)
    const all = new Map<string, Served>()
    for (const key of keys(n * (n === 1 ? 1 : effort.scale))) all.set(key, await start())
    const call = drawnFrom([...all.keys()], key => (all.get(key) as Served).call())
    return named(name, await sequential(effort, call, read.after))
  },
})

/** Heap that is left when all keys were touched, and so many messages went to the hot ones: beyond one server in memory for each place. */
const left: Trial = {
  prepare: async effort => {
    const { house, ...servers } = await import('../contenders/ours.js')
    const { peeper } = await house(servers.KeyedReader)
    const lots: PeeperClients<KeyedReader> = peeper.clients(servers.KeyedReader)
    const [all, some] = [keys(KEYS * effort.scale), HOT * effort.scale]
    const touch = async (touched: readonly string[]): Promise<void> => {
      for (const key of touched) await lots.for(key).call('read')
    }
    await touch(all.slice(-some)) // as many as may be in memory
    const before = heapInUse()
    await touch(all)
    const call = drawnFrom(all.slice(0, some), key => lots.for(key).call('read'))
    for (let i = 0; i < MESSAGES * effort.scale; i += 1) await call()
    for (const key of all.slice(0, some)) await lots.for(key).call('read') // those in memory are as many as before
    const grown = heapInUse() - before
    if (lots.resident().length > HOT) throw new Error('more are in memory than may be')
    return async () => ({ 'left behind': grown / all.length })
  },
}

/** Heap that a key takes once it has changed and gone: beside what a keeper takes for the same states alone. */
const gone: Trial = {
  prepare: async effort => {
    const { house, ...servers } = await import('../contenders/ours.js')
    const { memoryKeeper } = await import('nestjs-peeper')
    const all = keys(KEYS * effort.scale)
    const { peeper } = await house(servers.KeyedTally)
    const lots: PeeperClients<KeyedTally> = peeper.clients(servers.KeyedTally)
    const touch = async (touched: readonly string[]): Promise<void> => {
      for (const key of touched) await lots.for(key).call('add')
      for (const key of lots.resident()) await lots.stop(key)
    }
    await touch(keys(HOT * effort.scale, 'other')) // what is made once, by the first of all
    const before = heapInUse()
    await touch(all)
    const ours = heapInUse() - before
    const keeper = memoryKeeper()
    const between = heapInUse()
    all.forEach((key, i) => {
      const change = { revision: 1, version: 1, state: i, patches: [], tables: [], dictionary: [] }
      void keeper.commit({ name: 'tally', key }, change, 0)
    })
    const alone = heapInUse() - between
    if (lots.resident().length !== 0) throw new Error('some have stayed in memory')
    return async () => ({ 'a key that has gone': ours / all.length, 'its kept state': alone / all.length })
  },
}

export const keyed: Row = {
  row: 13,
  work: `row 1 on keyed servers: ${count(KEYS)} keys touched, then ${count(HOT)} hot ones by Zipf's law`,
  trials: {
    'one named server': single,
    'hot keys': hot,
    [MANY_NAMED]: manyNamed,
    [MANY_MUTEXES]: mutexes(MANY_MUTEXES, HOT),
    'one mutex': mutexes('one mutex', 1),
    'what is left behind': left,
    'keys that have gone': gone,
  },
  comparisons: [
    { work: 'one call', ours: 'hot keys', peer: 'one named server', target: { times: 1.5 } },
    { work: 'one call', ours: 'hot keys', peer: MANY_NAMED },
    { work: 'many beside one', ours: MANY_NAMED, peer: 'one named server' },
    { work: 'many beside one', ours: MANY_MUTEXES, peer: 'one mutex' },
    {
      work: 'heap left by a key',
      ours: 'left behind',
      unit: 'bytes',
      target: { atMost: 16 },
    },
    {
      work: 'heap of a key that has gone',
      ours: 'a key that has gone',
      peer: 'its kept state',
      unit: 'bytes',
      target: { times: 1.1 },
    },
  ],
}
