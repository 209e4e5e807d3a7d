import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type DeadLetter, Engine, refuse } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'

const clock = simulatedClock()
const error = new Error('it broke')
let engine: Engine
let chronicle: Chronicle

beforeEach(() => {
  engine = new Engine({ clock })
  chronicle = new Chronicle(engine.events$)
})
afterEach(() => engine.close())

/** The letters that a new subscriber is shown at once. */
const replayed = (): DeadLetter[] => {
  const letters: DeadLetter[] = []
  engine.deadLetters$.subscribe(letter => letters.push(letter)).unsubscribe()
  return letters
}

describe('deadLetters$', () => {
  test('shows what nobody handled, with why', async () => {
    const server = await engine.start({ name: 'one', callbacks: { cast: { no: () => refuse(error) } } })
    server.cast('unknown', { a: 1 })
    server.send('tick', 2)
    server.cast('no')
    engine.cast('nobody', 'hello', 3)
    await clock.advance(0)
    await server.stop()
    server.cast('no')
    expect(replayed()).toEqual([
      letter('one', 'cast', 'unknown', { a: 1 }, 'PEEPER_NO_SUCH_MESSAGE'),
      letter('one', 'info', 'tick', 2, 'PEEPER_NO_SUCH_MESSAGE'),
      letter('nobody', 'cast', 'hello', 3, 'PEEPER_NO_SUCH_SERVER'),
      { server: 'one', kind: 'cast', message: 'no', payload: undefined, reason: error },
      letter('one', 'cast', 'no', undefined, 'PEEPER_SERVER_STOPPED'),
    ])
  })

  test('shows a new subscriber the last 1 000, in order, then those to come', () => {
    for (let n = 0; n < 1_500; n += 1) engine.cast('nobody', 'hello', n)
    const seen: unknown[] = []
    engine.deadLetters$.subscribe(({ payload }) => seen.push(payload))
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 500))
    engine.cast('nobody', 'hello', 'new')
    expect(seen.at(-1)).toBe('new')
    expect(replayed()).toHaveLength(1_000)
  })

  test('tells once that it drops the oldest', () => {
    for (let n = 0; n < 1_000; n += 1) engine.cast('nobody', 'hello')
    expect(chronicle.events).toEqual([])
    for (let n = 0; n < 500; n += 1) engine.cast('nobody', 'hello')
    expect(chronicle.events).toEqual([
      { type: 'overload', server: 'nobody', what: 'dead letters', limit: 1_000 },
    ])
  })

  test('survives a subscriber that throws, also at what is replayed: it is reported', () => {
    engine.cast('nobody', 'before')
    engine.deadLetters$.subscribe(() => {
      throw error
    })
    const seen: string[] = []
    engine.deadLetters$.subscribe(({ message }) => seen.push(message))
    engine.cast('nobody', 'after')
    expect(seen).toEqual(['before', 'after'])
    const report = { type: 'error', server: '', where: 'subscriber of deadLetters$', error }
    expect(chronicle.events).toEqual([report, report])
  })

  test('keeps its order when a subscriber brings about the next letter', () => {
    engine.deadLetters$.subscribe(({ message }) => {
      if (message === 'first') engine.cast('nobody', 'second')
    })
    const seen: string[] = []
    engine.deadLetters$.subscribe(({ message }) => seen.push(message))
    engine.cast('nobody', 'first')
    expect(seen).toEqual(['first', 'second'])
  })
})

const letter = (server: string, kind: string, message: string, payload: unknown, code: string) => ({
  ...{ server, kind, message, payload },
  reason: expect.objectContaining({ code }),
})
