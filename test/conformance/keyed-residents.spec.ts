import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks, type Context, type Family, type FamilyOptions } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, type Latch } from '../support/latch.js'
import { Lives } from '../support/lives.js'
import { settled } from '../support/settled.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

describe.each(combinations)('maxResident ($name)', combination => {
  const suite = conformance(combination)
  const lotsOf = (callbacks: Callbacks, options: Partial<FamilyOptions> = {}): Family =>
    suite.engine.family({ name: 'lot', state: 0, callbacks, maxResident: 2, ...options })

  /** Handlers that a test holds by key. */
  const held = (): { callbacks: Callbacks; of: (key: string) => Latch } => {
    const latches = new Map<string, Latch>()
    const of = (key: string): Latch => {
      const known = latches.get(key) ?? latch()
      latches.set(key, known)
      return known
    }
    const callbacks = {
      call: {
        slow: async (_: number, __: unknown, { key = '' }: Context) => {
          await of(key).opened
          return key
        },
        key: (_: number, __: unknown, ctx: Context) => ctx.key,
      },
      cast: { add: (n: number, by: number) => noreply({ state: n + by }) },
    }
    return { callbacks, of }
  }

  test('the least recently used of the idle ones goes first', async () => {
    const { callbacks } = held()
    const lots = lotsOf(callbacks, { maxResident: 3 })
    for (const key of ['a', 'b', 'c', 'a']) await lots.for(key).call('key')
    expect(await lots.for('d').call('key')).toBe('d')
    expect(lots.resident().sort()).toEqual(['a', 'c', 'd'])
    expect(suite.past('passivated')).toMatchObject([{ server: 'lot/b' }])
    await lots.for('e').call('key')
    expect(lots.resident().sort()).toEqual(['a', 'd', 'e'])
  })

  test('a busy one stays, however long ago it was used', async () => {
    const { callbacks, of } = held()
    const lots = lotsOf(callbacks)
    const slow = lots.for('slow').call('slow', undefined, { timeout: Infinity })
    for (const key of ['a', 'b', 'c']) expect(await lots.for(key).call('key')).toBe(key)
    expect(lots.resident().sort()).toEqual(['c', 'slow'])
    of('slow').open()
    expect(await slow).toBe('slow')
  })

  test('there are never more workers than places, whatever comes at once', async () => {
    let [now, most] = [0, 0]
    const { callbacks } = held()
    const init = (n: number): number => {
      most = Math.max(most, (now += 1))
      return n
    }
    const terminate = (): void => {
      now -= 1
    }
    const lots = lotsOf({ ...callbacks, init, terminate }, { maxResident: 3 })
    const keys = Array.from({ length: 100 }, (_, i) => `${i}`)
    expect(await Promise.all(keys.map(key => lots.for(key).call('key')))).toEqual(keys)
    expect(most).toBe(3)
    expect(lots.resident()).toHaveLength(3)
  })

  test('when all are busy new keys wait in line, first come first served', async () => {
    const { callbacks, of } = held()
    const started: string[] = []
    const init = (n: number, { key = '' }: Context): number => {
      started.push(key)
      return n
    }
    const lots = lotsOf({ ...callbacks, init })
    const all = ['a', 'b', 'c', 'd', 'e'].map(key =>
      lots.for(key).call('slow', undefined, { timeout: Infinity }),
    )
    await suite.clock.advance(10)
    expect(started.toSorted()).toEqual(['a', 'b']) // both at once: the store answers as it likes
    expect(lots.resident()).toEqual(['a', 'b'])
    expect(lots.for('c').status()).toMatchObject({ status: 'starting', worker: 0, queued: 1 })
    of('b').open()
    await suite.clock.advance(10)
    expect(started.slice(2)).toEqual(['c'])
    of('a').open()
    await suite.clock.advance(10)
    expect(started.slice(2)).toEqual(['c', 'd'])
    for (const key of ['c', 'd', 'e']) of(key).open()
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(started.slice(2)).toEqual(['c', 'd', 'e'])
  })

  test('one that becomes idle by a late reply, a timer or a commit makes room', async () => {
    const lots = lotsOf(
      {
        call: { key: (_: number, __: unknown, ctx: Context) => ctx.key },
        cast: {
          add: (n: number, by: number) => noreply({ state: n + by }),
          later: (_: number, ms: number, ctx: Context) => void ctx.sendAfter(ms, 'tick'),
        },
        info: { tick: () => undefined },
      },
      { maxResident: 1 },
    )
    lots.for('timed').cast('later', 500)
    const first = lots.for('a').call('key')
    await suite.clock.advance(499)
    expect(lots.resident()).toEqual(['timed'])
    await suite.clock.advance(1)
    expect(await first).toBe('a')
    const release = suite.store.hold()
    lots.for('b').cast('add', 1)
    await suite.clock.advance(10)
    const second = lots.for('c').call('key')
    await suite.clock.advance(10)
    expect(lots.resident()).toEqual(['b'])
    release()
    expect(await second).toBe('c')
  })

  test('more keys than may wait are refused: an error for calls, a dead letter for casts, an overload event', async () => {
    const { callbacks, of } = held()
    const lots = lotsOf(callbacks, { maxResident: 1, maxWaiting: 1 })
    const served = ['a', 'b'].map(key => lots.for(key).call('slow', undefined, { timeout: Infinity }))
    const [refused] = await Promise.all([settled(lots.for('c').call('key'))])
    expect(refused).toMatchObject({ code: 'PEEPER_RESIDENTS_FULL' })
    lots.for('c').cast('add', 1)
    expect(suite.letters).toMatchObject([
      { server: 'lot/c', message: 'add', payload: 1, reason: { code: 'PEEPER_RESIDENTS_FULL' } },
    ])
    expect(suite.past('overload')).toEqual([
      { type: 'overload', server: 'lot', what: 'residents', limit: 1 },
      { type: 'overload', server: 'lot', what: 'residents', limit: 1 },
    ])
    const more = lots.for('b').call('key') // it waits already
    for (const key of ['a', 'b']) of(key).open()
    expect(await Promise.all([...served, more])).toEqual(['a', 'b', 'b'])
    expect(await lots.for('c').call('key')).toBe('c')
  })

  test('keys for which an idle one is going do not count as waiting', async () => {
    const { callbacks } = held()
    const lots = lotsOf(callbacks, { maxResident: 5, maxWaiting: 1 })
    const keys = ['a', 'b', 'c', 'd', 'e']
    for (const key of keys) await lots.for(key).call('key')
    const next = [...keys, 'one more'].map(key => `${key}2`)
    expect(await Promise.all(next.map(key => lots.for(key).call('key')))).toEqual(next)
  })

  test('one that had to go and has got messages meanwhile comes again behind those who wait', async () => {
    const { opened, open } = latch()
    const lives = new Lives()
    lives.last = () => opened
    const { callbacks } = held()
    const lots = lotsOf(lives.of(callbacks), { maxResident: 1 })
    await lots.for('a').call('key')
    const asked = [lots.for('b').call('key')]
    await suite.clock.advance(1)
    expect(lots.for('a').status()).toMatchObject({ status: 'stopping' })
    asked.push(lots.for('a').call('key'))
    open()
    expect(await Promise.all(asked)).toEqual(['b', 'a'])
    expect(lives.log.filter(line => line.startsWith('+'))).toEqual(['+a', '+b', '+a'])
    expect(lives.most).toBe(1)
  })

  test('a key that fails to start gives its place to the next', async () => {
    const { callbacks } = held()
    const init = (n: number, { key }: Context): number => {
      if (key === 'a') throw new Error('no')
      return n
    }
    const lots = lotsOf({ ...callbacks, init }, { maxResident: 1, init: { retries: 0 } })
    const asked = ['a', 'b'].map(key => settled(lots.for(key).call('key')))
    expect(await Promise.all(asked)).toMatchObject([{ code: 'PEEPER_SERVER_DOWN' }, { value: 'b' }])
  })

  test('drain and close serve what was accepted, of those in line too', async () => {
    const { callbacks, of } = held()
    const lots = lotsOf(callbacks, { maxResident: 1 })
    const all = ['a', 'b', 'c'].map(key => lots.for(key).call('slow', undefined, { timeout: Infinity }))
    lots.for('d').cast('add', 1)
    const closed = suite.engine.close()
    await expect(lots.for('e').call('key')).rejects.toMatchObject({ code: 'PEEPER_SERVER_CLOSING' })
    await expect(lots.for('a').call('key')).rejects.toMatchObject({ code: 'PEEPER_SERVER_CLOSING' })
    for (const key of ['a', 'b', 'c']) of(key).open()
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
    await closed
    expect(await suite.store.keeper.load({ name: 'lot', key: 'd' })).toMatchObject({ state: 1 })
  })

  test('what is not served in time when the engine closes is rejected, of those in line too', async () => {
    const lives = new Lives()
    const { callbacks } = held()
    const lots = lotsOf(lives.of(callbacks), { maxResident: 1 })
    const all = ['a', 'b', 'c'].map(key =>
      settled(lots.for(key).call('slow', undefined, { timeout: Infinity })),
    )
    all.push(settled(lots.for('a').call('key', undefined, { timeout: Infinity })))
    let completed = false
    lots.for('a').changes$.subscribe({ complete: () => (completed = true) })
    await suite.clock.advance(1)
    const closed = suite.engine.close(1_000)
    await suite.clock.advance(1_000)
    await closed
    expect(await Promise.all(all)).toMatchObject([
      { code: 'PEEPER_SERVER_EXITED' },
      { code: 'PEEPER_SERVER_STOPPED' },
      { code: 'PEEPER_SERVER_STOPPED' },
      { code: 'PEEPER_SERVER_STOPPED' },
    ])
    expect(lives.log).toEqual(['+a', '-a "shutdown"'])
    expect(completed).toBe(true)
  })

  test('each stays one worker at a time in a crowd of few places', async () => {
    const lives = new Lives()
    lives.last = () => Promise.resolve()
    const { callbacks } = held()
    const lots = lotsOf(lives.of({ ...callbacks, call: { read: (n: number) => n } }), { maxResident: 2 })
    const keys = ['a', 'b', 'c', 'd', 'e']
    for (let i = 0; i < 50; i += 1) {
      for (const key of keys) lots.for(key).cast('add', 1)
      if (i % 5 === 0) await suite.clock.advance(0)
    }
    await Promise.all(keys.map(key => drained(lots.for(key))))
    expect(await Promise.all(keys.map(key => lots.for(key).call('read')))).toEqual(keys.map(() => 50))
    expect(lives.most).toBe(1)
    expect(suite.letters).toEqual([])
  })
})
