import { expect, test } from '@jest/globals'
import { HandleCall, Peeper, PeeperServer, memoryKeeper, type Keeper } from 'nestjs-peeper'
import { failure, running } from './boot.js'

@PeeperServer({ name: 'cart', keeper: 'archive', state: { n: 0 } })
class Cart {
  @HandleCall() add(state: { n: number }): number {
    return (state.n += 1)
  }
}

@PeeperServer({ name: 'lot', keyed: true, keeper: 'archive', state: { n: 0 } })
class Lot {
  @HandleCall() bid(state: { n: number }): number {
    return (state.n += 1)
  }
}

const watched = (): { keeper: Keeper; log: string[] } => {
  const [inner, log] = [memoryKeeper(), [] as string[]]
  const keeper: Keeper = {
    open: () => void log.push('open'),
    load: server => inner.load(server),
    commit: (server, change, expected) => {
      log.push(server.name)
      return inner.commit(server, change, expected)
    },
    remove: server => inner.remove(server),
    list: (...args) => inner.list(...args),
    close: () => void log.push('close'),
  }
  return { keeper, log }
}

test('a class names the keeper of its servers; all keepers are opened at the start and closed at the end', async () => {
  const [main, archive] = [watched(), watched()]
  const options = { logger: false, keeper: main.keeper, keepers: { archive: archive.keeper } } as const
  const app = await running([Cart, Lot], options)
  expect([main.log[0], archive.log[0]]).toEqual(['open', 'open'])
  await app.get(Peeper).call('cart', 'add')
  await app.get(Peeper).call('lot/1', 'bid')
  await app.close()
  expect(main.log).toEqual(['open', 'close'])
  expect(new Set(archive.log)).toEqual(new Set(['open', 'cart', 'lot', 'close']))
  expect(archive.log.at(-1)).toBe('close')
})

test('a store that cannot be opened fails the start, also if only keyed servers use it', async () => {
  const archive: Keeper = {
    ...memoryKeeper(),
    commit: () => undefined,
    open: () => {
      throw new Error('no such folder')
    },
  }
  expect(await failure(running([Lot], { logger: false, keepers: { archive } }))).toMatchObject({
    message: 'no such folder',
  })
})

test('a name that no keeper has fails the start', async () => {
  const keepers = { archiv: memoryKeeper() }
  expect(await failure(running([Cart], { logger: false, keepers }))).toMatchObject({
    code: 'PEEPER_NO_SUCH_KEEPER',
    message: expect.stringContaining("server 'cart' asks for the keeper 'archive'"),
  })
})
