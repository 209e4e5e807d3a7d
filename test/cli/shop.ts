import { Engine, type Callbacks, type Context } from 'nestjs-peeper/engine'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'
import { temporaryFolder } from '../support/temporary-lmdb.js'

interface Lot {
  top: number
  readonly bidders: Map<string, Date>
}

const callbacks: Callbacks = {
  call: {
    bid: async (lot: Lot, [who, by]: [string, number], { tables, dictionary }: Context) => {
      lot.top += by
      lot.bidders.set(who, new Date(by))
      ;(await tables.open<number>('bids', { ordered: true })).set(lot.top, { who, by })
      dictionary.set('last', who)
      return lot.top
    },
    bids: async (_: Lot, __: unknown, { tables }: Context) => [
      ...(await tables.open<number>('bids', { ordered: true })).entries(),
    ],
    last: (_: Lot, __: unknown, { dictionary }: Context) => dictionary.get('last'),
  },
}

const lots = { name: 'lot', state: { top: 0, bidders: new Map() }, callbacks }

/** The servers of a store, at work. */
export const openShop = async (path: string) => {
  const engine = new Engine({ keeper: lmdbKeeper({ path, durability: 'process' }) })
  const till = await engine.start({
    name: 'till',
    state: { cents: 0 },
    callbacks: { call: { take: (till: { cents: number }, by: number) => (till.cents += by) } },
  })
  return { engine, till, lots: engine.family(lots) }
}

/** A store with a till and three lots, of which one has bids. */
export const filledShop = async (): Promise<string> => {
  const path = temporaryFolder()
  const { engine, till, lots: family } = await openShop(path)
  await till.call('take', 5)
  for (const key of ['a', 'b/c', 'd']) await family.for(key).call('bid', ['ann', 1])
  await family.for('a').call('bid', ['bob', 2])
  await engine.close()
  return path
}
