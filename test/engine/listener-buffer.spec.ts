import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, type Listener } from 'nestjs-peeper/engine'
import { drained, simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'

const clock = simulatedClock()
let engine: Engine
let chronicle: Chronicle

beforeEach(() => {
  engine = new Engine({ clock })
  chronicle = new Chronicle(engine.events$)
})
afterEach(() => engine.close())

/** A server of these listeners, whose state has gone from 0 to `changes`. */
const countTo = async (changes: number, ...listener: Listener<number>[]): Promise<void> => {
  const server = await engine.start({
    name: 'one',
    state: { n: 0 },
    mailbox: { limit: Infinity },
    listener: listener.map(({ onStateChanged }) => ({
      onStateChanged: (old, next, meta) =>
        onStateChanged?.((old as { n: number }).n, (next as { n: number }).n, meta),
    })),
    callbacks: {
      cast: {
        inc: (state: { n: number }) => {
          state.n += 1
        },
      },
    },
  })
  for (let n = 0; n < changes; n += 1) server.cast('inc')
  await drained(server)
}

/** A listener that is busy with what it was told until `next` is called. */
const slowListener = () => {
  const told: number[] = []
  const open: (() => void)[] = []
  return {
    told,
    onStateChanged: (_: number, next: number) => {
      told.push(next)
      return new Promise<void>(resolve => open.push(resolve))
    },
    next: async (): Promise<void> => {
      open.shift()?.()
      await clock.advance(0)
    },
  }
}

describe('a slow listener', () => {
  test('is told of one change at a time, in order, and a quick one beside it of all at once', async () => {
    const slow = slowListener()
    const quick: number[] = []
    await countTo(3, slow, { onStateChanged: (_, next) => quick.push(next) })
    expect(quick).toEqual([1, 2, 3])
    expect(slow.told).toEqual([1])
    await slow.next()
    expect(slow.told).toEqual([1, 2])
    await slow.next()
    expect(slow.told).toEqual([1, 2, 3])
  })

  test('may be 1 000 changes behind', async () => {
    const slow = slowListener()
    await countTo(1_001, slow)
    expect(chronicle.of('overload')).toEqual([])
    await slow.next()
    expect(slow.told).toEqual([1, 2])
  })

  test('loses the oldest change when it is further behind, and an event tells', async () => {
    const slow = slowListener()
    await countTo(1_003, slow)
    const overload = { type: 'overload', server: 'one', what: 'listener', limit: 1_000 }
    expect(chronicle.of('overload')).toEqual([overload, overload])
    await slow.next()
    expect(slow.told).toEqual([1, 4])
  })

  test('that never returns keeps nothing from ending', async () => {
    await countTo(5, { onStateChanged: () => new Promise(() => undefined) })
    await engine.whereis('one')?.stop()
    expect(engine.whereis('one')?.status()).toMatchObject({ status: 'stopped', state: { n: 5 } })
  })

  test('that rejects is reported each time and told of the next change', async () => {
    const told: number[] = []
    const failing = {
      onStateChanged: (_: number, next: number) => {
        told.push(next)
        return Promise.reject(new Error(`no ${next}`))
      },
    }
    await countTo(2, failing)
    await clock.advance(0)
    expect(told).toEqual([1, 2])
    expect(chronicle.of('error').map(({ where, error }) => [where, String(error)])).toEqual([
      ['listener', 'Error: no 1'],
      ['listener', 'Error: no 2'],
    ])
  })
})
