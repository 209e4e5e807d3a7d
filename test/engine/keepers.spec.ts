import { expect, test } from '@jest/globals'
import { Engine, memoryKeeper, type Keeper } from 'nestjs-peeper/engine'

const recorded = (name: string, log: string[]): Keeper => {
  const inner = memoryKeeper()
  return {
    open: () => void log.push(`${name} opened`),
    load: server => inner.load(server),
    commit: (server, change, expected) => {
      log.push(`${name} has ${server.name}${server.key === undefined ? '' : `/${server.key}`}`)
      return inner.commit(server, change, expected)
    },
    remove: server => inner.remove(server),
    list: (...args) => inner.list(...args),
    close: () => void log.push(`${name} closed`),
  }
}
const callbacks = { call: { inc: (state: { n: number }) => (state.n += 1) } }
const state = { n: 0 }

test('a server names its keeper, brings one, or has that of all; each is opened before it and closed at the end', async () => {
  const log: string[] = []
  const engine = new Engine({
    keeper: recorded('main', log),
    keepers: { archive: recorded('archive', log), unused: recorded('unused', log) },
  })
  await engine.start({ name: 'a', state, callbacks })
  await engine.start({ name: 'b', state, callbacks, keeper: 'archive' })
  await engine.start({ name: 'c', state, callbacks, keeper: recorded('own', log) })
  const lots = engine.family({ name: 'd', state, callbacks, keeper: 'archive' })
  await lots.for('1').call('inc')
  expect(log.filter(entry => entry.includes('has'))).toEqual([
    'main has a',
    'archive has b',
    'own has c',
    'archive has d/1',
  ])
  for (const name of ['main', 'archive', 'own'])
    expect(log.indexOf(`${name} opened`)).toBeLessThan(
      log.findIndex(entry => entry.startsWith(`${name} has`)),
    )
  const keys: string[] = []
  for await (const key of lots.keys()) keys.push(key)
  expect(keys).toEqual(['1'])
  log.length = 0
  await engine.close()
  expect(log.sort()).toEqual(['archive closed', 'main closed', 'own closed', 'unused closed'])
})

test.each(['declare', 'family'] as const)(
  '%s refuses a name that no keeper has, and says which there are',
  async how => {
    const engine = new Engine({ keepers: { archive: memoryKeeper(), hot: memoryKeeper() } })
    for (const keeper of ['archiv', 'constructor', ''])
      expect(() => engine[how]({ name: 'cart', callbacks, keeper })).toThrow(
        expect.objectContaining({
          code: 'PEEPER_NO_SUCH_KEEPER',
          message: expect.stringMatching(
            new RegExp(`server 'cart' asks for the keeper '${keeper}', .* archive, hot`),
          ),
        }),
      )
    expect(engine.whereis('cart')).toBeUndefined()
    await engine.close()
  },
)

test('what is no keeper is refused, for one server and by name', () => {
  const bad = expect.objectContaining({ code: 'PEEPER_BAD_OPTION' })
  expect(() => new Engine({ keepers: { archive: {} as Keeper } })).toThrow(bad)
  expect(() => new Engine().declare({ name: 'a', callbacks, keeper: 7 as never })).toThrow(bad)
})
