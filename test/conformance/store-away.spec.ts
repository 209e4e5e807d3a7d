import { describe, expect, test } from '@jest/globals'
import { BadNameError, type Callbacks } from 'nestjs-peeper/engine'
import { StoreSilentError, StoreUnreachableError } from 'nestjs-peeper/postgres'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const away = new Error('the store is away')
const full = new Error('disk full')
const patient = { timeout: Infinity }
const counter: Callbacks = {
  call: {
    read: (state: { n: number }) => state.n,
    inc: (state: { n: number }) => (state.n += 1),
  },
}
const begin = { state: { n: 0 }, callbacks: counter }
const failed = (mayHaveHappened: boolean, cause: unknown) => ({
  code: 'PEEPER_COMMIT_FAILED',
  mayHaveHappened,
  message: expect.stringContaining(mayHaveHappened ? 'it may have happened' : 'has not happened'),
  cause,
})

describe.each(combinations)('a store that does not answer a load ($name)', combination => {
  const suite = conformance(combination)

  test('at a restart is asked until it does: messages wait, one event tells of it, health names the server', async () => {
    const server = await suite.start({ ...begin, init: { retries: 0 } })
    await server.call('inc')
    suite.store.failLoads = away
    server.exit('kill')
    const queued = server.call('inc', undefined, patient)
    await suite.clock.advance(600_000)
    expect(server.status()).toMatchObject({ status: 'restarting', queued: 1, restartsLeft: 1_000 })
    expect(suite.engine.health()).toEqual({ healthy: false, down: [], waiting: ['counter'] })
    expect(suite.past('store-lost')).toEqual([{ type: 'store-lost', server: 'counter', reason: away }])
    expect(suite.past('store-back')).toEqual([])
    suite.store.failLoads = undefined
    await suite.clock.advance(5_000)
    expect(await queued).toBe(2)
    expect(suite.past('store-lost')).toHaveLength(1)
    expect(suite.past('store-back')).toEqual([{ type: 'store-back', server: 'counter' }])
    expect(suite.engine.health()).toEqual({ healthy: true, down: [] })
  })

  test('is asked again after longer and longer, with jitter, 5 s at most', async () => {
    const server = await suite.start(begin)
    suite.store.failLoads = away
    server.exit('kill')
    await suite.clock.advance(60_000)
    const tries = suite.past('init-failed')
    for (const [index, { attempt, awaits, retryIn = NaN }] of tries.entries()) {
      const longest = Math.min(5_000, 100 * 2 ** index)
      expect({ attempt, awaits }).toEqual({ attempt: index + 1, awaits: 'store' })
      expect(retryIn).toBeGreaterThanOrEqual(longest / 2)
      expect(retryIn).toBeLessThanOrEqual(longest)
    }
    expect(tries.length).toBeGreaterThan(15)
    expect(tries.length).toBeLessThan(35)
  })

  test('rejects nobody before his own time, and no more than the mailbox holds', async () => {
    const server = await suite.start({ ...begin, mailbox: { limit: 2 } })
    suite.store.failLoads = away
    server.exit('kill')
    await suite.clock.advance(1_000)
    const late = expect(server.call('inc', undefined, { timeout: 2_000 })).rejects.toMatchObject({
      code: 'PEEPER_CALL_TIMEOUT',
    })
    const other = server.call('inc', undefined, patient)
    await expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_MAILBOX_FULL' })
    await suite.clock.advance(2_000)
    await late
    suite.store.failLoads = undefined
    await suite.clock.advance(5_000)
    expect(await other).toBeGreaterThan(0)
  })

  test('with an error of this library is not away: what it found stays, and the server is down', async () => {
    const server = await suite.start({ ...begin, init: { retries: 1 } })
    suite.store.failLoads = new BadNameError('counter', 'the store cannot hold it')
    server.exit('kill')
    await suite.clock.advance(60_000)
    expect(server.status().status).toBe('down')
    expect(suite.past('store-lost')).toEqual([])
    suite.store.failLoads = undefined
  })

  test.each([
    new StoreUnreachableError('the store', new Error('ECONNREFUSED')),
    new StoreSilentError('the store', 10_000),
  ])('for the reason that its keeper names is away: %s', async reason => {
    const server = await suite.start({ ...begin, init: { retries: 0 }, maxRestarts: 0 })
    suite.store.failLoads = reason
    suite.store.failCommits = reason
    const told = expect(server.call('inc')).rejects.toMatchObject(failed(true, reason))
    await suite.clock.advance(60_000)
    await told
    expect(server.status().status).toBe('restarting')
    expect(suite.past('store-lost')).toEqual([{ type: 'store-lost', server: 'counter', reason }])
    suite.store.failLoads = undefined
    suite.store.failCommits = undefined
    await suite.clock.advance(5_000)
    expect(await server.call('inc')).toBeGreaterThan(0)
    expect(suite.past('store-back')).toHaveLength(1)
  })

  test('fails a start that somebody waits for, the first as one by name, with the cause', async () => {
    suite.store.failLoads = away
    const none = { ...begin, init: { retries: 0 } }
    const couldNot = { code: 'PEEPER_INIT_FAILED', cause: away }
    await expect(suite.start(none)).rejects.toMatchObject(couldNot)
    suite.store.failLoads = undefined
    const server = await suite.start(none)
    await server.stop()
    suite.store.failLoads = away
    await expect(suite.engine.start('counter')).rejects.toMatchObject(couldNot)
    expect(suite.past('store-lost')).toEqual([])
    suite.store.failLoads = undefined
    await suite.engine.start('counter')
    suite.store.failLoads = away
    server.exit('kill')
    await suite.clock.advance(60_000)
    expect(server.status().status).toBe('restarting')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['stop', () => suite.engine.whereis('counter')!.stop()],
    ['the end of its supervisor', () => suite.engine.terminateChild('root', 'counter')],
    ['close', () => suite.engine.close()],
  ])('does not hold up %s', async (_, end) => {
    const server = await suite.start(begin)
    suite.store.failLoads = away
    server.exit('kill')
    const queued = expect(server.call('inc', undefined, patient)).rejects.toMatchObject({
      code: 'PEEPER_SERVER_STOPPED',
    })
    await suite.clock.advance(10_000)
    const before = suite.clock.now()
    await end()
    await queued
    expect(server.status().status).toBe('stopped')
    expect(suite.clock.now()).toBe(before)
  })

  test('that comes while the engine closes does not hold that up', async () => {
    const server = await suite.start(begin)
    const queued = server.call('inc', undefined, patient).catch((error: unknown) => error)
    suite.store.failCommits = away
    suite.store.failLoads = away
    const closed = suite.engine.close()
    await suite.clock.advance(0)
    await closed
    expect(await queued).toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    expect(suite.clock.now()).toBe(0)
  })

  test('in time is away too: commitTimeout', async () => {
    const server = await suite.start({ ...begin, commitTimeout: 300 })
    const release = suite.store.holdLoads()
    server.exit('kill')
    const queued = server.call('inc', undefined, patient)
    await suite.clock.advance(299)
    expect(suite.past('store-lost')).toEqual([])
    await suite.clock.advance(1)
    expect(suite.past('store-lost')).toMatchObject([{ reason: { code: 'PEEPER_STORE_TIMEOUT' } }])
    await suite.clock.advance(10_000)
    release()
    await suite.clock.advance(5_000)
    expect(await queued).toBe(1)
  })

  test('keeps a keyed server waiting, its messages with it, from its first message on', async () => {
    const lots = suite.engine.family({ name: 'lot', ...begin })
    suite.store.failLoads = away
    const asked = lots.for('1').call('inc', undefined, patient)
    await suite.clock.advance(120_000)
    expect(suite.past('store-lost')).toMatchObject([{ server: 'lot/1' }])
    expect(suite.engine.health()).toEqual({ healthy: false, down: [], waiting: ['lot'] })
    suite.store.failLoads = undefined
    await suite.clock.advance(5_000)
    expect(await asked).toBe(1)
  })

  test.each(['stop', 'forget'] as const)('does not hold up %s of a keyed server', async how => {
    const lots = suite.engine.family({ name: 'lot', ...begin })
    suite.store.failLoads = away
    const asked = expect(lots.for('1').call('inc', undefined, patient)).rejects.toMatchObject({
      code: 'PEEPER_SERVER_STOPPED',
    })
    await suite.clock.advance(1_000)
    await lots[how]('1')
    await asked
    expect(suite.clock.now()).toBe(1_000)
    expect(lots.resident()).toEqual([])
  })
})

describe.each(combinations)('a store that takes no change ($name)', combination => {
  const suite = conformance(combination)

  test('spends no restarts, and costs no time at first; then longer and longer, until a change is confirmed', async () => {
    const server = await suite.start({ ...begin, maxRestarts: 0 })
    const inc = () => server.call('inc', undefined, patient)
    const waits: boolean[] = []
    const failing = async (): Promise<void> => {
      const before = suite.clock.now()
      let open = true
      const asked = expect(inc())
        .rejects.toMatchObject(failed(true, full))
        .finally(() => (open = false))
      for (let round = 0; open; round += 1) await suite.clock.advance(round < 3 ? 0 : 100)
      await asked
      waits.push(suite.clock.now() > before)
    }
    suite.store.failCommits = full
    for (let time = 0; time < 8; time += 1) await failing()
    expect(waits).toEqual([false, false, true, true, true, true, true, true])
    expect(suite.past('store-lost')).toEqual([{ type: 'store-lost', server: 'counter', reason: full }])
    suite.store.failCommits = undefined
    await suite.clock.advance(5_000)
    expect(suite.past('store-back')).toEqual([]) // it can be read, as before
    expect(await inc()).toBe(1)
    expect(suite.past('store-back')).toHaveLength(1)
    suite.store.failCommits = full
    waits.length = 0
    await failing()
    await failing()
    expect(waits).toEqual([false, false])
    expect(server.status().restartsLeft).toBe(0)
    suite.store.failCommits = undefined
  })

  test('says of each message whether it may have happened', async () => {
    const server = await suite.start(begin)
    const release = suite.store.hold()
    suite.store.failNext(full, { stored: true })
    const told = [
      expect(server.call('inc')).rejects.toMatchObject(failed(true, full)),
      expect(server.call('read')).rejects.toMatchObject(failed(false, full)),
      expect(server.call('inc')).rejects.toMatchObject(failed(false, full)), // it was never handed over
    ]
    await suite.clock.advance(0)
    release()
    await Promise.all(told)
    expect(await server.call('read')).toBe(1)
  })

  test('says it of a read in the commit of a change, too', async () => {
    const server = await suite.start(begin)
    const release = suite.store.hold()
    const first = server.call('inc')
    await suite.clock.advance(0)
    suite.store.failNext(full, { stored: true })
    const told = [
      expect(server.call('inc')).rejects.toMatchObject(failed(true, full)),
      expect(server.call('read')).rejects.toMatchObject(failed(false, full)),
    ]
    await suite.clock.advance(0)
    release()
    expect(await first).toBe(1)
    await Promise.all(told)
    expect(await server.call('read')).toBe(2)
  })

  test('for another owner wrote it: nothing of it has happened; two owners take turns and do not spin', async () => {
    const server = await suite.start(begin)
    for (let revision = 2; revision < 5; revision += 1) {
      const patches = [{ op: 'set' as const, path: [], value: { n: 40 } }]
      const state = { n: 40 }
      await suite.store.keeper.commit(
        { name: 'counter' },
        { revision, version: 1, state, patches, tables: [], dictionary: [] },
        revision - 1,
      )
      const told = server.call('inc', undefined, patient).catch((error: unknown) => error)
      await suite.clock.advance(5_000)
      expect(await told).toMatchObject(failed(false, { code: 'PEEPER_STALE_OWNER' }))
    }
    expect(suite.clock.now()).toBe(15_000)
    expect(suite.past('store-lost')).toEqual([])
    expect(await server.call('inc')).toBe(41)
  })
})

describe.each(combinations)('a commit that is not answered in time ($name)', combination => {
  const suite = conformance(combination)

  test('has failed, and may have happened; the server goes on', async () => {
    const server = await suite.start(begin)
    const release = suite.store.hold()
    const asked = expect(server.call('inc', undefined, patient)).rejects.toMatchObject(
      failed(true, { code: 'PEEPER_STORE_TIMEOUT' }),
    )
    await suite.clock.advance(9_999)
    expect(server.status().worker).toBe(1)
    await suite.clock.advance(1)
    await asked
    expect(await server.call('read')).toBe(0)
    expect(server.status().worker).toBe(2)
    release()
  })

  test('and is stored after the next life has loaded, is neither lost nor done twice: the next change is refused', async () => {
    const server = await suite.start({ ...begin, commitTimeout: 50 })
    const release = suite.store.hold()
    const first = expect(server.call('inc')).rejects.toMatchObject(
      failed(true, { code: 'PEEPER_STORE_TIMEOUT' }),
    )
    await suite.clock.advance(50)
    await first
    expect(await server.call('read')).toBe(0)
    release()
    await suite.clock.advance(0)
    await expect(server.call('inc')).rejects.toMatchObject(failed(false, { code: 'PEEPER_STALE_OWNER' }))
    expect(await server.call('inc')).toBe(2)
    expect(server.status()).toMatchObject({ revision: 3, state: { n: 2 } })
  })

  test('and is stored after the next change is refused in its turn', async () => {
    const server = await suite.start({ ...begin, commitTimeout: 50 })
    const release = suite.store.hold()
    const first = expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    await suite.clock.advance(50)
    await first
    const second = server.call('inc')
    await suite.clock.advance(0)
    release() // in the order they were asked for: the first is stored, the second refused
    await expect(second).rejects.toMatchObject(failed(false, { code: 'PEEPER_STALE_OWNER' }))
    expect(await server.call('inc')).toBe(2)
  })

  test('Infinity waits as long as it takes', async () => {
    const server = await suite.start({ ...begin, commitTimeout: Infinity })
    const release = suite.store.hold()
    const asked = server.call('inc', undefined, patient)
    await suite.clock.advance(1e7)
    release()
    expect(await asked).toBe(1)
  })
})
