import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { filter, map } from 'rxjs'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const counter: Callbacks = {
  call: { read: (n: number) => n },
  cast: { inc: (n: number) => noreply({ state: n + 1 }) },
}

const fails: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('subscriber')
    },
  ],
  ['rejects', () => Promise.reject(new Error('subscriber'))],
]

describe.each(combinations)('changes$ ($name)', combination => {
  const suite = conformance(combination)

  test('shows the state after each committed change, from now on', async () => {
    const seen: unknown[] = []
    const server = await suite.start({ state: 0, callbacks: counter })
    server.cast('inc')
    await drained(server)
    server.changes$.subscribe(state => seen.push(state))
    server.cast('inc')
    server.cast('inc')
    await server.call('read')
    expect(seen).toEqual([2, 3])
  })

  test.each(fails)(
    'a subscriber that %s is reported each time, goes on hearing, and harms nobody',
    async (_, fail) => {
      const seen: unknown[] = []
      const server = await suite.start({ state: 0, callbacks: counter })
      server.changes$.subscribe(fail)
      server.changes$.pipe(map(state => [state])).subscribe(fail)
      server.changes$.subscribe(state => seen.push(state))
      server.cast('inc')
      server.cast('inc')
      await drained(server)
      await suite.clock.advance(0)
      expect(seen).toEqual([1, 2])
      expect(suite.past('error')).toHaveLength(4)
      expect(suite.past('error')[0]).toMatchObject({ server: 'counter', where: 'subscriber of changes$' })
    },
  )

  test('what one subscriber does to a state, the next one does not see', async () => {
    const seen: unknown[] = []
    const callbacks: Callbacks = { cast: { add: (all: Map<string, number>) => void all.set('a', 1) } }
    const server = await suite.start({ state: new Map(), callbacks })
    server.changes$.subscribe(state => {
      ;(state as Map<string, number>).clear()
    })
    server.changes$.subscribe(state => seen.push([...(state as Map<string, number>)]))
    server.cast('add')
    await drained(server)
    expect(seen).toEqual([[['a', 1]]])
  })

  test('an operator that throws ends that subscription alone', async () => {
    const seen: unknown[] = []
    const errors: unknown[] = []
    const server = await suite.start({ state: 0, callbacks: counter })
    const broken = map(() => {
      throw new Error('operator')
    })
    server.changes$.pipe(broken).subscribe({ error: error => errors.push(error) })
    server.changes$.pipe(broken).subscribe()
    server.changes$.subscribe(state => seen.push(state))
    server.cast('inc')
    server.cast('inc')
    await drained(server)
    expect(seen).toEqual([1, 2])
    expect(errors).toMatchObject([{ message: 'operator' }])
    expect(suite.past('error')).toMatchObject([{ error: { message: 'operator' } }])
  })

  test('every subscriber sees the same order, also when one of them brings about the next change', async () => {
    const first: unknown[] = []
    const second: unknown[] = []
    const server = await suite.start({ state: 0, callbacks: counter })
    server.changes$.subscribe(state => {
      first.push(state)
      if ((state as number) < 3) server.cast('inc')
    })
    server.changes$.subscribe(state => second.push(state))
    server.cast('inc')
    await drained(server)
    expect([first, second]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  test('it outlives crashes, and completes with the engine', async () => {
    const seen: unknown[] = []
    const server = await suite.start({ state: 0, callbacks: counter })
    server.changes$.subscribe({ next: state => seen.push(state), complete: () => seen.push('complete') })
    server.exit('kill')
    server.cast('inc')
    await drained(server)
    await suite.engine.close()
    expect(seen).toEqual([1, 'complete'])
  })
})

describe.each(combinations)('events$ and deadLetters$ ($name)', combination => {
  const suite = conformance(combination)

  test('events$ of a server are its own', async () => {
    const seen: unknown[] = []
    const [a, b] = [
      await suite.start({ name: 'a', callbacks: counter }),
      await suite.start({ name: 'b', callbacks: counter }),
    ]
    a.events$.subscribe(({ type, server }) => seen.push(`${type} ${server}`))
    a.exit('kill')
    b.exit('kill')
    await drained(a)
    await drained(b)
    expect(seen).toEqual(['crashed a', 'started a'])
  })

  test.each(fails)(
    'a subscriber of events$ that always %s is reported to the others and harms nobody',
    async (_, fail) => {
      const server = await suite.start({ state: 3, callbacks: counter })
      suite.engine.events$.subscribe(fail)
      server.events$.pipe(filter(({ type }) => type !== 'down')).subscribe(fail)
      server.exit('kill')
      expect(await server.call('read')).toBe(3)
      await suite.clock.advance(0)
      expect(suite.past('crashed')).toHaveLength(1)
      expect(suite.past('error')[0]).toMatchObject({
        where: 'subscriber of events$',
        error: { message: 'subscriber' },
      })
      expect(suite.past('error').length).toBeLessThan(10)
    },
  )

  test.each(fails)('a subscriber of deadLetters$ that %s is reported and harms nobody', async (_, fail) => {
    const server = await suite.start({ state: 3, callbacks: counter })
    suite.engine.deadLetters$.subscribe(fail)
    server.cast('nope')
    server.cast('nope')
    expect(await server.call('read')).toBe(3)
    expect(suite.letters).toHaveLength(2)
    expect(suite.past('error')).toHaveLength(2)
  })

  test('events keep their order when a subscriber brings about the next one', async () => {
    const full = suite.engine.declare({ name: 'full', mailbox: { limit: 1 }, callbacks: counter })
    full.cast('inc')
    const seen: string[] = []
    suite.engine.events$.subscribe(({ type }) => {
      if (type === 'started') full.cast('inc')
    })
    suite.engine.events$.subscribe(({ type, server }) => seen.push(`${type} ${server}`))
    await suite.start({ callbacks: counter })
    expect(seen).toEqual(['started counter', 'overload full'])
  })

  test('dead letters keep their order when a subscriber brings about the next one, and are shown to the late', async () => {
    const seen: unknown[] = []
    const late: unknown[] = []
    suite.engine.deadLetters$.subscribe(({ message }) => {
      if (message === 'first') suite.engine.cast('nobody', 'second')
    })
    suite.engine.deadLetters$.subscribe(({ message }) => seen.push(message))
    suite.engine.cast('nobody', 'first')
    suite.engine.deadLetters$.subscribe(({ message }) => late.push(message))
    expect([seen, late]).toEqual([
      ['first', 'second'],
      ['first', 'second'],
    ])
  })
})

describe.each(combinations)('onEvent ($name)', combination => {
  const heard: string[] = []
  const suite = conformance(combination, {
    onEvent: ({ type }) => {
      heard.push(type)
      throw new Error('logger')
    },
  })

  test('hears each event first; one that throws is reported and harms nobody', async () => {
    const server = await suite.start({ state: 3, callbacks: counter })
    server.exit('kill')
    expect(await server.call('read')).toBe(3)
    expect(heard.filter(type => type !== 'error')).toEqual(['started', 'crashed', 'started'])
    expect(suite.past('error')[0]).toMatchObject({ where: 'onEvent', error: { message: 'logger' } })
  })
})
