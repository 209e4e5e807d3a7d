import { describe, expect, test } from '@jest/globals'
import { refuse, type Callbacks, type Context, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { combinations } from './combinations.js'
import { conformance, type StartOptions } from './fixture.js'

const full = new Error('disk full')
const patient = { timeout: Infinity }
const no = new Error('no')
const callbacks: Callbacks = {
  call: {
    read: (state: { n: number }) => state.n,
    inc: (state: { n: number }) => (state.n += 1),
    no: () => refuse(no),
    boom: () => {
      throw new Error('boom')
    },
  },
  cast: { inc: (state: { n: number }) => void (state.n += 1) },
}
const behind: StartOptions = { state: { n: 0 }, callbacks, durability: 'write-behind' }

describe.each(combinations)('a server that writes behind ($name)', combination => {
  const suite = conformance(combination)
  const inc = (server: Server): Promise<unknown> => server.call('inc', undefined, patient)

  test('answers before the commit; effects and listeners wait for it', async () => {
    const order: string[] = []
    const server = await suite.start({
      ...behind,
      listener: { onStateChanged: () => order.push('listener') },
      callbacks: {
        call: {
          inc: (state: { n: number }, _: unknown, ctx: Context) => {
            ctx.afterCommit(() => order.push('afterCommit'))
            return (state.n += 1)
          },
          no: callbacks.call!.no!,
        },
      },
    })
    const release = suite.store.hold()
    expect(await inc(server)).toBe(1)
    await expect(server.call('no')).rejects.toEqual(suite.that(no))
    await suite.clock.advance(0)
    expect(order).toEqual([])
    expect(server.status().revision).toBe(1)
    release()
    await drained(server)
    await suite.clock.advance(0) // it may have a border to cross
    expect(order.sort()).toEqual(['afterCommit', 'listener'])
    expect(server.status().revision).toBe(2)
    expect(suite.letters).toEqual([])
  })

  test('has one commit in flight, and what completes meanwhile in the next', async () => {
    const server = await suite.start(behind)
    const before = suite.store.asked.commits
    const release = suite.store.hold()
    for (let n = 1; n <= 50; n += 1) expect(await inc(server)).toBe(n)
    expect(suite.store.asked.commits - before).toBe(1)
    release()
    await drained(server)
    expect(suite.store.asked.commits - before).toBe(2)
    expect(server.status()).toMatchObject({ revision: 51, state: { n: 50 } })
  })

  const waits = async (asked: Promise<unknown>, ms = 0): Promise<boolean> => {
    let isAnswered = false
    void asked.then(() => (isAnswered = true))
    await suite.clock.advance(ms)
    return !isAnswered
  }

  test('lets no more than maxBehind messages be behind: then replies wait', async () => {
    const server = await suite.start({ ...behind, maxBehind: 3 })
    const release = suite.store.hold()
    for (let n = 1; n <= 3; n += 1) expect(await inc(server)).toBe(n)
    const [fourth, fifth] = [inc(server), server.call('read')]
    expect(await waits(Promise.race([fourth, fifth]), 900)).toBe(true)
    release()
    expect(await Promise.all([fourth, fifth])).toEqual([4, 4])
    await drained(server)
    suite.store.hold()()
    expect(await inc(server)).toBe(5)
  })

  test('lets none be behind for longer than maxBehindMs: then replies wait', async () => {
    const server = await suite.start({ ...behind, maxBehindMs: 100 })
    const release = suite.store.hold()
    expect(await inc(server)).toBe(1)
    await suite.clock.advance(99)
    expect(await inc(server)).toBe(2)
    await suite.clock.advance(1)
    const third = inc(server)
    expect(await waits(third, 50)).toBe(true)
    release()
    expect(await third).toBe(3)
    await drained(server)
    const again = suite.store.hold()
    expect(await inc(server)).toBe(4) // nothing is behind any more
    again()
  })

  test('takes no more messages than its mailbox may hold while they are not kept', async () => {
    const server = await suite.start({ ...behind, mailbox: { limit: 5 } })
    const release = suite.store.hold()
    for (let n = 1; n <= 5; n += 1) expect(await inc(server)).toBe(n)
    expect(await waits(inc(server))).toBe(true)
    expect(server.status().queued).toBe(1)
    release()
  })

  test('says loudly what it lost when a commit fails, and loads', async () => {
    const server = await suite.start({ ...behind, maxBehind: 3 })
    const release = suite.store.hold()
    suite.store.failNext(full, { stored: false })
    expect([await inc(server), await inc(server), await server.call('read')]).toEqual([1, 2, 2])
    const rejected = expect(inc(server)).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED', cause: full })
    await suite.clock.advance(0)
    release()
    await rejected
    expect(suite.past('replies-lost')).toEqual([
      {
        type: 'replies-lost',
        server: 'counter',
        messages: 2,
        from: 2,
        to: 3,
        mayHaveHappened: true,
        reason: full,
      },
    ])
    expect(await server.call('read')).toBe(0)
    expect(server.status()).toMatchObject({ worker: 2, revision: 1 })
  })

  test('says so for certain where another owner had written', async () => {
    const server = await suite.start(behind)
    const patches = [{ op: 'set' as const, path: [], value: { n: 41 } }]
    const change = { revision: 2, version: 1, state: { n: 41 }, patches, tables: [], dictionary: [] }
    await suite.store.keeper.commit({ name: 'counter' }, change, 1)
    const release = suite.store.hold()
    expect(await inc(server)).toBe(1)
    release()
    await suite.clock.advance(0)
    expect(suite.past('replies-lost')).toMatchObject([
      { messages: 1, from: 2, to: 2, mayHaveHappened: false, reason: { code: 'PEEPER_STALE_OWNER' } },
    ])
    expect(await server.call('read')).toBe(41)
  })

  test('loses nothing that it answered when a handler crashes', async () => {
    const server = await suite.start(behind)
    const release = suite.store.hold()
    for (let n = 1; n <= 3; n += 1) await inc(server)
    const crashed = expect(server.call('boom')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    await suite.clock.advance(0)
    release()
    await crashed
    expect(await server.call('read')).toBe(3)
    expect(suite.past('replies-lost')).toEqual([])
  })

  test.each<[string, (server: Server) => Promise<unknown>]>([
    ['stop', server => server.stop()],
    ['close', () => suite.engine.close()],
    ['the end of its supervisor', () => suite.engine.terminateChild('root', 'counter')],
  ])('keeps all it answered before it ends (%s)', async (_, end) => {
    const server = await suite.start(behind)
    const release = suite.store.hold()
    for (let n = 1; n <= 3; n += 1) await inc(server)
    let hasEnded = false
    const ended = end(server).then(() => (hasEnded = true))
    await suite.clock.advance(100)
    expect(hasEnded).toBe(false)
    release()
    await ended
    expect(server.status()).toMatchObject({ revision: 4, state: { n: 3 } })
    expect(suite.past('replies-lost')).toEqual([])
  })

  test('keeps all it answered before it leaves memory', async () => {
    const lots = suite.engine.family({ name: 'lot', idle: 100, ...behind })
    const lot = lots.for('1')
    await lot.call('inc')
    const release = suite.store.hold()
    await lot.call('inc')
    await suite.clock.advance(1_000)
    expect(suite.past('passivated')).toEqual([])
    release()
    await suite.clock.advance(1_000)
    expect(suite.past('passivated')).toHaveLength(1)
    expect(await lot.call('read')).toBe(2)
  })
})

describe('the options of writing behind', () => {
  test.each([
    { durability: 'sometimes' as never },
    { maxBehind: 0 },
    { maxBehind: 1.5 },
    { maxBehindMs: 0 },
    { commitTimeout: 0 },
  ])('%p is refused', async options => {
    const { Engine } = await import('nestjs-peeper/engine')
    expect(() => new Engine().declare({ name: 'one', callbacks, ...options })).toThrow(
      expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }),
    )
  })
})
