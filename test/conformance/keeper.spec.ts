import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks, type From, type Context, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const full = new Error('disk full')
const counter: Callbacks = {
  call: {
    read: (state: { n: number }) => state.n,
    inc: (state: { n: number }) => (state.n += 1),
    wait: (state: { from?: From }, _: unknown, { from }: Context) => {
      state.from = from
      return noreply()
    },
  },
  cast: { inc: (state: { n: number }) => void (state.n += 1) },
}
const killKeeper = (server: Server): void => server.whichChildren()[0]!.exit('kill')

describe.each(combinations)('a commit that fails ($name)', combination => {
  const suite = conformance(combination)

  test.each([false, true])(
    'rejects its caller, who cannot know; the next worker loads what is stored (%p)',
    async stored => {
      const server = await suite.start({ state: { n: 0 }, callbacks: counter })
      suite.store.failNext(full, { stored })
      await expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED', cause: full })
      expect(await server.call('read')).toBe(stored ? 1 : 0)
      expect(server.status().worker).toBe(2)
      expect(suite.past('crashed')).toMatchObject([{ reason: { code: 'PEEPER_COMMIT_FAILED' } }])
    },
  )

  test('rejects all that ran on it and is not answered, makes dead letters of casts, keeps what never ran', async () => {
    const told: unknown[] = []
    const hold = latch()
    const server = await suite.start({
      state: { n: 0 },
      listener: { onStateChanged: (...args: unknown[]) => told.push(args.slice(0, 2)) },
      callbacks: { ...counter, cast: { ...counter.cast, stall: () => hold.opened } },
    })
    const release = suite.store.hold()
    suite.store.failNext(full, { stored: false })
    const failed = { code: 'PEEPER_COMMIT_FAILED', cause: full }
    const ran = [server.call('inc'), server.call('read'), server.call('wait')].map(asked =>
      expect(asked).rejects.toMatchObject(failed),
    )
    server.cast('inc', 'cast')
    server.cast('stall')
    const neverRan = server.call('inc')
    await suite.clock.advance(0)
    release()
    await Promise.all(ran)
    expect(await neverRan).toBe(1)
    expect(suite.letters).toMatchObject([{ kind: 'cast', message: 'inc', payload: 'cast', reason: failed }])
    expect(told).toEqual([[{ n: 0 }, { n: 1 }]])
    hold.open()
  })

  test('by a stale owner makes the next worker load what the other one wrote', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    const patches = [{ op: 'set' as const, path: [], value: { n: 41 } }]
    await suite.store.keeper.commit(
      { name: 'counter' },
      { revision: 7, version: 1, state: { n: 41 }, patches, tables: [], dictionary: [] },
      1,
    )
    await expect(server.call('inc')).rejects.toMatchObject({
      code: 'PEEPER_COMMIT_FAILED',
      cause: { code: 'PEEPER_STALE_OWNER' },
    })
    expect(await server.call('inc')).toBe(42)
    expect(server.status().revision).toBe(8)
  })

  test('answers nothing twice when it fails while a deferred caller waits', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    const waiting = server.call('wait')
    await drained(server)
    suite.store.failNext(full, { stored: true })
    const failed = expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    await expect(waiting).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      cause: { code: 'PEEPER_COMMIT_FAILED' },
    })
    await failed
  })

  test('a reply that is out stands, whatever fails after it', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    expect(await server.call('inc')).toBe(1)
    suite.store.failNext(full, { stored: false })
    await expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    expect(await server.call('inc')).toBe(2)
  })
})

describe.each(combinations)('the keeper is lost ($name)', combination => {
  const suite = conformance(combination)

  test('its children are a keeper and a worker', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    expect(server.whichChildren().map(({ id, status }) => `${id} ${status}`)).toEqual([
      'keeper running',
      'worker running',
    ])
    expect(server.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 })
  })

  test('killed alone and then the worker, the state is still there', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    await server.call('inc')
    killKeeper(server)
    expect(await server.call('inc')).toBe(2)
    server.whichChildren()[1]!.exit('kill')
    expect(await server.call('read')).toBe(2)
  })

  test.each(['after a turn', 'at once'])(
    'killed together with its records and then the worker %s, it is given them again',
    async when => {
      const server = await suite.start({ state: { n: 0 }, callbacks: counter })
      await server.call('inc')
      await suite.store.keeper.remove({ name: 'counter' })
      killKeeper(server)
      if (when === 'after a turn') await suite.clock.advance(0)
      server.exit('kill')
      expect(await server.call('inc')).toBe(2)
      server.exit('kill')
      expect(await server.call('read')).toBe(2)
    },
  )

  test('a store that lost its records is given them again by the next worker', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    await server.call('inc')
    await suite.store.keeper.remove({ name: 'counter' })
    await expect(server.call('inc')).rejects.toMatchObject({
      code: 'PEEPER_COMMIT_FAILED',
      cause: { code: 'PEEPER_STALE_OWNER' },
    })
    expect(await server.call('inc')).toBe(2)
  })

  test('a store that went back to an earlier revision is given the confirmed one again', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    await server.call('inc')
    await server.call('inc')
    const patches = [{ op: 'set' as const, path: [], value: { n: 1 } }]
    await suite.store.keeper.remove({ name: 'counter' })
    await suite.store.keeper.commit(
      { name: 'counter' },
      { revision: 2, version: 1, state: { n: 1 }, patches, tables: [], dictionary: [] },
      0,
    )
    server.exit('kill')
    expect(await server.call('inc')).toBe(3)
    server.exit('kill')
    expect(await server.call('read')).toBe(3)
  })

  test('killed while a commit is on its way, that commit is uncertain: its caller is rejected, nobody is told of it', async () => {
    const told: unknown[] = []
    const listener = { onStateChanged: (...[old, next]: unknown[]) => told.push([old, next]) }
    const server = await suite.start({ state: { n: 0 }, listener, callbacks: counter })
    const release = suite.store.hold()
    const asked = expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    await suite.clock.advance(0)
    const started = suite.next('started')
    killKeeper(server)
    await asked
    await started
    release()
    await suite.clock.advance(0)
    expect(told).toEqual([])
    // It was stored after all, which the next worker finds out when it writes.
    await expect(server.call('inc')).rejects.toMatchObject({ cause: { code: 'PEEPER_STALE_OWNER' } })
    expect(await server.call('inc')).toBe(2)
    expect(told).toEqual([[{ n: 1 }, { n: 2 }]])
  })

  test('killed after another owner wrote, nothing is acknowledged that is not stored', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: counter })
    const patches = [{ op: 'set' as const, path: [], value: { n: 41 } }]
    await suite.store.keeper.commit(
      { name: 'counter' },
      { revision: 2, version: 1, state: { n: 41 }, patches, tables: [], dictionary: [] },
      1,
    )
    killKeeper(server)
    await suite.clock.advance(0)
    const answer = await server.call('inc').catch(() => 'rejected')
    server.exit('kill')
    expect([answer, await server.call('read')]).toEqual(['rejected', 41])
  })
})
