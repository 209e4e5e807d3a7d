import { describe, expect, jest, test } from '@jest/globals'
import { noreply, type Callbacks, type Context } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, type Latch } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

describe.each(combinations)('calls ($name)', combination => {
  const suite = conformance(combination)
  const slow = (hold: Latch): Callbacks => ({
    call: {
      read: (state: { n: number }) => state.n,
      slow: async (state: { n: number }) => {
        await hold.opened
        state.n += 1
        return 'late'
      },
    },
  })

  test('a timeout rejects the caller only: the handler goes on, its change is kept, its late reply dropped', async () => {
    const hold = latch()
    const server = await suite.start({ state: { n: 0 }, callbacks: slow(hold) })
    const asked = expect(server.call('slow', undefined, { timeout: 100 })).rejects.toMatchObject({
      code: 'PEEPER_CALL_TIMEOUT',
    })
    await suite.clock.advance(100)
    await asked
    hold.open()
    expect(await server.call('read')).toBe(1)
    expect(server.status().worker).toBe(1)
  })

  test('the timeout is 5 000 ms unless said, and counts the wait in the mailbox', async () => {
    const hold = latch()
    const server = await suite.start({ state: { n: 0 }, callbacks: slow(hold) })
    let over: string[] = []
    const settled = (name: string) => (error: { code: string }) => void over.push(`${name} ${error.code}`)
    server.call('slow').catch(settled('slow'))
    server.call('read').catch(settled('read'))
    await suite.clock.advance(4_999)
    expect(over).toEqual([])
    await suite.clock.advance(1)
    expect(over).toEqual(['slow PEEPER_CALL_TIMEOUT', 'read PEEPER_CALL_TIMEOUT'])
    over = []
    hold.open()
    await drained(server)
    expect(over).toEqual([])
  })

  test('a timeout of Infinity waits as long as the server lives', async () => {
    const hold = latch()
    const server = await suite.start({ state: { n: 0 }, callbacks: slow(hold) })
    const asked = server.call('slow', undefined, { timeout: Infinity })
    await suite.clock.advance(1e12)
    hold.open()
    expect(await asked).toBe('late')
  })

  test('an abort of its signal rejects the call with the reason as its cause', async () => {
    const hold = latch()
    const abort = new AbortController()
    const server = await suite.start({ state: { n: 0 }, callbacks: slow(hold) })
    const asked = server.call('slow', undefined, { signal: abort.signal })
    const reason = new Error('gone home')
    abort.abort(reason)
    await expect(asked).rejects.toMatchObject({ code: 'PEEPER_CALL_ABORTED', cause: reason })
    hold.open()
    expect(await server.call('read')).toBe(1)
  })

  test('a call with an aborted signal is not sent', async () => {
    const server = await suite.start({ state: { n: 0 }, callbacks: slow(latch()) })
    const asked = server.call('slow', undefined, { signal: AbortSignal.abort('before') })
    await expect(asked).rejects.toMatchObject({ code: 'PEEPER_CALL_ABORTED', cause: 'before' })
    expect(await server.call('read')).toBe(0)
  })

  test('an answered call leaves its signal alone', async () => {
    const abort = new AbortController()
    const removed = jest.spyOn(abort.signal, 'removeEventListener')
    const server = await suite.start({ state: { n: 3 }, callbacks: slow(latch()) })
    expect(await server.call('read', undefined, { signal: abort.signal })).toBe(3)
    expect(removed).toHaveBeenCalledTimes(1)
    abort.abort()
  })

  test('ctx.signal aborts with the exit reason when its life ends, and not before', async () => {
    const seen: unknown[] = []
    const entered = latch()
    const server = await suite.start({
      callbacks: {
        call: {
          watch: (_: unknown, __: unknown, { signal }: Context) => {
            signal.addEventListener('abort', () => seen.push(signal.reason))
            entered.open()
            return signal.aborted
          },
        },
      },
    })
    expect(await server.call('watch')).toBe(false)
    await entered.opened
    expect(seen).toEqual([])
    server.exit('kill')
    await suite.clock.advance(0) // it may have a border to cross
    expect(seen).toEqual(['kill'])
  })

  test('a call to an unknown server fails at once; a cast to one is a dead letter', async () => {
    await expect(suite.engine.call('nobody', 'read', 1, { timeout: Infinity })).rejects.toMatchObject({
      code: 'PEEPER_NO_SUCH_SERVER',
    })
    suite.engine.cast('nobody', 'inc', 1)
    expect(suite.engine.send('nobody', 'tick', 2)).toBe('tick')
    expect(suite.letters).toMatchObject([
      {
        server: 'nobody',
        kind: 'cast',
        message: 'inc',
        payload: 1,
        reason: { code: 'PEEPER_NO_SUCH_SERVER' },
      },
      {
        server: 'nobody',
        kind: 'info',
        message: 'tick',
        payload: 2,
        reason: { code: 'PEEPER_NO_SUCH_SERVER' },
      },
    ])
  })

  test('before its start a declared server rejects calls and keeps casts and infos for later', async () => {
    const note = (log: string[], said: string) => void log.push(said)
    const server = suite.engine.declare({
      name: 'counter',
      state: [],
      callbacks: { call: { read: (log: string[]) => log }, cast: { note }, info: { note } },
    })
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_NOT_STARTED' })
    server.cast('note', 'cast')
    server.send('note', 'info')
    await suite.engine.start('counter')
    expect(await server.call('read')).toEqual(['cast', 'info'])
  })

  test('send returns its message', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: { info: { tick: (n: number) => noreply({ state: n + 1 }) } },
    })
    expect(server.send('tick')).toBe('tick')
    await drained(server)
    expect(server.status().state).toBe(1)
  })
})
