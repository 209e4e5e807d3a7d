import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks, type Context, type From, type ListenerMeta } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const counter: Callbacks = {
  call: { read: (n: number) => n, inc: (n: number) => noreply({ state: n + 1 }) },
  cast: { inc: (n: number) => noreply({ state: n + 1 }) },
}

describe.each(combinations)('committed before anybody is told ($name)', combination => {
  const suite = conformance(combination)

  test('a call is answered, its listener told and its afterCommit run only after its commit', async () => {
    const order: string[] = []
    const server = await suite.start({
      state: { n: 0 },
      listener: { onStateChanged: () => order.push('listener') },
      callbacks: {
        call: {
          inc: (state: { n: number }, _: unknown, ctx: Context) => {
            ctx.afterCommit(() => order.push('afterCommit'))
            return (state.n += 1)
          },
        },
      },
    })
    const release = suite.store.hold()
    const asked = server.call('inc').then(() => order.push('reply'))
    await suite.clock.advance(0)
    order.push('commit')
    release()
    await asked
    await suite.clock.advance(0) // it may have a border to cross
    expect(order[0]).toBe('commit')
    expect(order.slice(1).sort()).toEqual(['afterCommit', 'listener', 'reply'])
  })

  test('a read waits for the newest revision it saw, and reads it', async () => {
    const order: string[] = []
    const server = await suite.start({ state: 0, callbacks: counter })
    const release = suite.store.hold()
    server.cast('inc')
    const read = server.call('read').then(n => order.push(`read ${String(n)}`))
    await suite.clock.advance(0)
    order.push('commit')
    release()
    await read
    expect(order).toEqual(['commit', 'read 1'])
  })

  test('a deferred reply waits for the commit of the handler that gives it', async () => {
    const order: string[] = []
    const server = await suite.start({
      state: { from: undefined },
      callbacks: {
        call: {
          wait: (state: { from?: From }, _: unknown, { from }: Context) => {
            state.from = from
            return noreply()
          },
        },
        cast: {
          answer: (state: { from?: From }, _: unknown, ctx: Context) => {
            ctx.reply(state.from!, 'late')
            state.from = undefined
          },
        },
      },
    })
    const waiting = server.call('wait').then(() => order.push('reply'))
    await drained(server)
    const release = suite.store.hold()
    server.cast('answer')
    await suite.clock.advance(0)
    order.push('commit')
    release()
    await waiting
    expect(order).toEqual(['commit', 'reply'])
  })

  test('what completes while a commit is on its way is told one revision a message, in order', async () => {
    const told: string[] = []
    const onStateChanged = (old: unknown, next: unknown, { revision, message }: ListenerMeta): void =>
      void told.push(`${String(old)}→${String(next)} r${revision} ${String(message)}`)
    const server = await suite.start({ state: 0, callbacks: counter, listener: { onStateChanged } })
    const release = suite.store.hold()
    for (let i = 0; i < 3; i += 1) server.cast('inc')
    await suite.clock.advance(0)
    expect(told).toEqual([])
    release()
    await drained(server)
    expect(told).toEqual(["0→1 r2 cast 'inc'", "1→2 r3 cast 'inc'", "2→3 r4 cast 'inc'"])
    expect(server.status()).toMatchObject({ revision: 4, state: 3 })
  })

  test('drained waits for a commit that was on its way before it was asked', async () => {
    const server = await suite.start({ state: 0, callbacks: counter })
    const order: string[] = []
    const release = suite.store.hold()
    server.cast('inc')
    await suite.clock.advance(0)
    const done = drained(server).then(() => order.push('drained'))
    await suite.clock.advance(0)
    order.push('commit')
    release()
    await done
    expect(order).toEqual(['commit', 'drained'])
  })

  test('what was handed to the keeper before a crash is committed and answered, then the next worker starts', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: {
        call: {
          ...counter.call,
          add: (n: number, by: number) => {
            if (by < 0) throw new Error('less than nothing')
            return by
          },
          set: (n: number, to: number, ctx: Context) => {
            ctx.reply(ctx.from!, `was ${n}`)
            return noreply({ state: to })
          },
        },
      },
    })
    const release = suite.store.hold()
    const set = server.call('set', 5)
    const crashed = expect(server.call('add', -1)).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    await suite.clock.advance(0)
    await crashed
    release()
    expect(await set).toBe('was 0')
    expect(await server.call('read')).toBe(5)
  })

  test('a deferred caller whose reply was handed to the keeper before a crash gets it', async () => {
    const server = await suite.start({
      state: { n: 0 },
      callbacks: {
        call: {
          wait: (state: { from?: From }, _: unknown, { from }: Context) => {
            state.from = from
            return noreply()
          },
        },
        cast: {
          answer: (state: { from?: From; n: number }, _: unknown, ctx: Context) => {
            state.n += 1
            ctx.reply(state.from!, 'answered')
          },
          crash: () => {
            throw new Error('behind it')
          },
        },
      },
    })
    const release = suite.store.hold()
    const waiting = server.call('wait')
    server.cast('answer')
    server.cast('crash')
    await suite.clock.advance(0)
    release()
    expect(await waiting).toBe('answered')
  })
})
