import type { PeeperClients } from 'nestjs-peeper'
import type { KeyedReader, KeyedTally } from '../contenders/servers.js'
import { heapInUse } from '../measure.js'
import { count } from '../numbers.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'

const KEYS = 100_000
const HOT = 10_000
const DRAWS = 1 << 16

const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `lot-${i}`)

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
    const draws = zipf(some, DRAWS).map(rank => all[rank] as string)
    let drawn = 0
    const call = (): Promise<number> => lots.for(draws[(drawn = (drawn + 1) % DRAWS)] as string).call('read')
    return named('hot keys', await sequential(effort, call, () => 1))
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
    const before = heapInUse()
    for (const key of all) await lots.for(key).call('add')
    for (const key of lots.resident()) await lots.stop(key)
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
  trials: { 'one named server': single, 'hot keys': hot, 'keys that have gone': gone },
  comparisons: [
    { work: 'one call', ours: 'hot keys', peer: 'one named server', target: { times: 1.5 } },
    {
      work: 'heap of a key that has gone',
      ours: 'a key that has gone',
      peer: 'its kept state',
      unit: 'bytes',
      target: { times: 1.1 },
    },
  ],
}
