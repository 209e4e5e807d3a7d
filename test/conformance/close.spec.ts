import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks, type Context, type Keeper } from 'nestjs-peeper/engine'
import { latch, never, turns } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { combinations, inThisThread } from './combinations.js'
import { conformance } from './fixture.js'

const bound = (keeper: Keeper): Keeper => ({
  load: server => keeper.load(server),
  commit: (server, change, expected) => keeper.commit(server, change, expected),
  remove: server => keeper.remove(server),
  list: () => keeper.list(),
})

const log: Callbacks = {
  call: { read: (said: string[]) => said, note: (said: string[], word: string) => said.push(word) },
  cast: { note: (said: string[], word: string) => void said.push(word) },
}

describe.each(combinations)('engine.close ($name)', combination => {
  const suite = conformance(combination)
  test('outsiders are refused: calls rejected, casts dead letters', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    const closed = suite.engine.close()
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_CLOSING' })
    server.cast('note', 'late')
    expect(suite.letters).toMatchObject([{ message: 'note', reason: { code: 'PEEPER_SERVER_CLOSING' } }])
    await closed
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
  })

  test('what was accepted is served and answered, and terminate gets the last state', async () => {
    const last: unknown[] = []
    const terminate = (said: string[]) => void last.push([...said])
    const server = await suite.start({ state: [], callbacks: { ...log, terminate } })
    server.cast('note', 'a')
    const size = server.call('note', 'b')
    await suite.engine.close()
    expect(await size).toBe(2)
    expect(last).toEqual([['a', 'b']])
    expect(suite.past('stopped')).toMatchObject([{ server: 'counter', reason: 'shutdown' }])
  })

  test('it waits for what is on its way to the keeper, and answers it', async () => {
    const order: string[] = []
    const server = await suite.start({ state: [], callbacks: log })
    const release = suite.store.hold()
    const asked = server.call('note', 'a').then(() => order.push('reply'))
    await suite.clock.advance(0)
    const closed = suite.engine.close().then(() => order.push('closed'))
    await suite.clock.advance(0)
    release()
    await Promise.all([asked, closed])
    expect(order).toEqual(['reply', 'closed'])
  })

  test('after its deadline it ends what still hangs: the waiting are rejected, terminate runs', async () => {
    const last: string[] = []
    const server = await suite.start({
      state: [],
      callbacks: { ...log, cast: { stall: never }, terminate: () => void last.push('terminate') },
    })
    server.cast('stall')
    const queued = expect(server.call('read', undefined, { timeout: Infinity })).rejects.toMatchObject({
      code: 'PEEPER_SERVER_STOPPED',
    })
    let open = true
    const closed = suite.engine.close(500).finally(() => (open = false))
    await suite.clock.advance(499)
    expect(open).toBe(true)
    await passing(suite.clock, closed)
    await queued
    expect(last).toEqual(['terminate'])
  })

  test('after its deadline nothing more gets in, not even from what is left behind', async () => {
    const [stuck, last] = [latch(), latch()]
    const other = await suite.start({ name: 'other', state: [], callbacks: log })
    const server = await suite.start({
      callbacks: {
        cast: { stall: () => stuck.opened.then(() => other.cast('note', 'too late')) },
        terminate: () => last.opened,
      },
    })
    server.cast('stall')
    const closed = suite.engine.close(100)
    await suite.clock.advance(100)
    stuck.open()
    await suite.clock.advance(0)
    last.open()
    await closed
    expect(other.status().state).toEqual([])
    expect(suite.letters).toMatchObject([{ server: 'other', reason: { code: 'PEEPER_SERVER_CLOSING' } }])
  })

  test('nothing acknowledged is lost: another engine finds it', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    await server.call('note', 'a')
    server.cast('note', 'b')
    await suite.engine.close()
    const kept = await suite.store.keeper.load({ name: 'counter' })
    expect(kept).toMatchObject({ state: ['a', 'b'], revision: 3, version: 1 })
  })

  test('it may be closed twice, and its streams complete', async () => {
    const ended: string[] = []
    suite.engine.events$.subscribe({ complete: () => ended.push('events$') })
    suite.engine.deadLetters$.subscribe({ complete: () => ended.push('deadLetters$') })
    await suite.start({ state: [], callbacks: log })
    await Promise.all([suite.engine.close(), suite.engine.close()])
    await suite.engine.close()
    expect(ended).toEqual(['events$', 'deadLetters$'])
  })

  test('nothing can be started once it has closed', async () => {
    await suite.engine.close()
    await expect(suite.start({ state: [], callbacks: log })).rejects.toThrow()
  })
})

/** A test's own handlers hold servers of this side, which one in another thread asks by a client of its own: see `pricing.spec.ts`. */
describe.each(inThisThread)('engine.close and what its servers ask of each other ($name)', combination => {
  const suite = conformance(combination)

  test('what descends from accepted messages is served, on other servers, too, after awaits and through continues', async () => {
    const other = await suite.start({ name: 'other', state: [], callbacks: log })
    const server = await suite.start({
      state: [],
      callbacks: {
        cast: {
          go: async (_: unknown, __: unknown, ctx: Context) => {
            await turns()
            other.cast('note', `cast, after ${String(await other.call('note', 'call'))}`)
            ctx.self.cast('next')
            return noreply({ continue: 'step' })
          },
          next: () => other.cast('note', 'a cast to oneself'),
        },
        continue: { step: () => other.cast('note', 'a continue') },
      },
    })
    server.cast('go')
    await suite.engine.close()
    expect(other.status().state).toEqual(['call', 'cast, after 1', 'a continue', 'a cast to oneself'])
    expect(suite.letters).toEqual([])
  })

  test('what descends from a handler that ran when the door closed is served', async () => {
    const hold = latch()
    const entered = latch()
    const other = await suite.start({ name: 'other', state: [], callbacks: log })
    const server = await suite.start({
      callbacks: {
        cast: {
          go: async () => {
            entered.open()
            await hold.opened
            other.cast('note', 'late')
          },
        },
      },
    })
    server.cast('go')
    await entered.opened
    const closed = suite.engine.close()
    await suite.clock.advance(0)
    hold.open()
    await closed
    expect(other.status().state).toEqual(['late'])
  })
})

describe.each(combinations)('engine.close and keepers ($name)', combination => {
  const closed: string[] = []
  const closing = (name: string) => ({ ...bound(combination.keeper()), close: () => void closed.push(name) })
  const suite = conformance(combination, { keeper: closing('of the engine') })

  test('the keepers of the engine and of single servers are closed once, after the servers', async () => {
    const keeper = closing('of two servers')
    const terminate = () => void closed.push('terminate')
    for (const name of ['a', 'b']) await suite.start({ name, keeper, callbacks: { terminate } })
    await suite.engine.close()
    expect(closed).toEqual(['terminate', 'terminate', 'of the engine', 'of two servers'])
  })
})
