import { describe, expect, test } from '@jest/globals'
import { noreply, refuse, stop, type Callbacks, type ListenerMeta } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, never } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const counter: Callbacks = {
  call: {
    read: (n: number) => n,
    no: () => refuse(new Error('no')),
    crash: () => {
      throw new Error('crash')
    },
    leave: (n: number) => stop('shutdown', { reply: n, state: n + 1 }),
  },
  cast: { inc: (n: number) => noreply({ state: n + 1 }), same: (n: number) => noreply({ state: n }) },
}

describe.each(combinations)('listeners ($name)', combination => {
  const suite = conformance(combination)
  const recorder = () => {
    const told: unknown[] = []
    const listener = {
      onStateChanged: (old: unknown, next: unknown, meta: ListenerMeta) =>
        void told.push([old, next, meta.worker, meta.revision, meta.message]),
      onTerminate: (reason: unknown, state: unknown, meta: ListenerMeta) =>
        void told.push([reason, state, meta.worker, meta.revision]),
    }
    return { told, listener }
  }

  test('they are told of every change in commit order, not of the first state and not when nothing changed', async () => {
    const { told, listener } = recorder()
    const server = await suite.start({ state: 0, listener, callbacks: counter })
    server.cast('inc')
    await server.call('read')
    await expect(server.call('no')).rejects.toThrow('no')
    server.cast('same')
    server.cast('inc')
    await drained(server)
    expect(told).toEqual([
      [0, 1, 1, 2, "cast 'inc'"],
      [1, 2, 1, 3, "cast 'inc'"],
    ])
  })

  test('a change undone by hand and a state equal to the one before are no changes', async () => {
    const { told, listener } = recorder()
    const server = await suite.start({
      state: { n: 1, list: [1, { a: 1 }] },
      listener,
      callbacks: {
        cast: {
          undo: (state: { n: number }) => {
            state.n += 1
            state.n -= 1
          },
          equal: () => noreply({ state: { n: 1, list: [1, { a: 1 }] } }),
        },
      },
    })
    server.cast('undo')
    server.cast('equal')
    await drained(server)
    expect(told).toEqual([])
    expect(server.status().revision).toBe(1)
  })

  test('they are told of every end, a kill included, after the changes before it', async () => {
    const { told, listener } = recorder()
    const server = await suite.start({ state: 0, listener, callbacks: counter })
    await server.call('leave')
    server.cast('inc')
    await drained(server)
    server.exit('kill')
    await server.call('read')
    await expect(server.call('crash')).rejects.toThrow()
    await server.call('read')
    expect(told).toEqual([
      [0, 1, 1, 2, "call 'leave'"],
      ['shutdown', 1, 1, 2],
      [1, 2, 2, 3, "cast 'inc'"],
      ['kill', 2, 2, 3],
      [expect.objectContaining({ message: 'crash' }), 2, 3, 3],
    ])
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('listener'))],
  ])('one that %s is reported and harms nobody', async (_, onStateChanged) => {
    const { told, listener } = recorder()
    const server = await suite.start({
      state: 0,
      listener: [{ onStateChanged }, listener],
      callbacks: counter,
    })
    server.cast('inc')
    server.cast('inc')
    expect(await server.call('read')).toBe(2)
    await suite.clock.advance(0)
    expect(told).toHaveLength(2)
    expect(suite.past('error')).toMatchObject([
      { where: 'listener', error: { message: 'listener' } },
      { where: 'listener', error: { message: 'listener' } },
    ])
  })

  test('one that never finishes holds up nobody', async () => {
    const { told, listener } = recorder()
    const server = await suite.start({
      state: 0,
      listener: [{ onStateChanged: never }, listener],
      callbacks: counter,
    })
    server.cast('inc')
    server.cast('inc')
    expect(await server.call('read')).toBe(2)
    server.exit('kill')
    expect(await server.call('read')).toBe(2)
    expect(told).toHaveLength(3)
  })

  test('an async one is told of one thing at a time, in order', async () => {
    const order: string[] = []
    const holds = [latch(), latch(), latch()]
    const server = await suite.start({
      state: 0,
      callbacks: counter,
      listener: {
        onStateChanged: async (old: number, next: number) => {
          order.push(`${old}→${next}`)
          await holds[old]?.opened
          order.push(`told ${next}`)
        },
      },
    })
    server.cast('inc')
    server.cast('inc')
    await drained(server)
    expect(order).toEqual(['0→1'])
    holds[0]?.open()
    await suite.clock.advance(0)
    expect(order).toEqual(['0→1', 'told 1', '1→2'])
    holds[1]?.open()
    await suite.clock.advance(0)
    expect(order.at(-1)).toBe('told 2')
  })

  test('one that sends to its server from within is told of the next change after this one', async () => {
    const told: number[] = []
    const server = await suite.start({
      state: 0,
      callbacks: counter,
      listener: {
        onStateChanged: (_: unknown, next: unknown) => {
          if ((next as number) < 3) suite.engine.cast('counter', 'inc')
          told.push(next as number)
        },
      },
    })
    server.cast('inc')
    await drained(server)
    expect(told).toEqual([1, 2, 3])
  })
})

describe.each(combinations)('the engine’s own listener ($name)', combination => {
  const told: unknown[] = []
  const suite = conformance(combination, {
    listener: { onStateChanged: (old, next, { server }) => void told.push([server, old, next]) },
  })

  test('is told of every server', async () => {
    for (const name of ['a', 'b']) {
      const server = await suite.start({ name, state: 0, callbacks: counter })
      server.cast('inc')
      await drained(server)
    }
    expect(told).toEqual([
      ['a', 0, 1],
      ['b', 0, 1],
    ])
  })
})
