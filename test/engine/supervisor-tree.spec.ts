import { beforeEach, expect, test } from '@jest/globals'
import { type ChildExit, type ChildSpec, type ExitReason, Supervisor } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Troupe } from '../support/troupe.js'

const clock = simulatedClock()
const error = new Error('it broke')
let troupe: Troupe
let exits: ChildExit[]

beforeEach(() => {
  troupe = new Troupe()
  exits = []
})

const onChildExit = (exit: ChildExit): void => {
  exits.push(exit)
}

/** A supervisor as a child: each life is a new one. */
const branch = (id: string, maxRestarts: number, children: () => ChildSpec[]): ChildSpec => ({
  id,
  type: 'supervisor',
  create: () => new Supervisor({ name: id, clock, maxRestarts, children: children(), onChildExit }),
})

const inner = (): ChildSpec[] => troupe.specs('a', 'b')

test('a branch starts and stops in its place among its siblings', async () => {
  const children = [troupe.spec('first'), branch('inner', 1, inner), troupe.spec('last')]
  const top = new Supervisor({ name: 'top', clock, children })
  await top.start()
  expect(troupe.news()).toEqual(['first', 'a', 'b', 'last'].map(id => `start ${id}`))
  await top.stop()
  expect(troupe.news()).toEqual(['last', 'b', 'a', 'first'].map(id => `stop ${id} (shutdown, 5000)`))
})

test('a branch whose budget is spent is restarted by its parent, with a whole budget', async () => {
  const top = new Supervisor({
    name: 'top',
    clock,
    maxRestarts: 1,
    children: [branch('inner', 1, inner)],
    onChildExit,
  })
  await top.start()
  for (let crash = 0; crash < 2; crash += 1) {
    troupe.end('a', error)
    await clock.advance(0)
  }
  expect(exits.map(({ supervisor, child, then }) => `${supervisor} › ${child}: ${then}`)).toEqual([
    'inner › a: restart',
    'inner › a: give up',
    'top › inner: restart',
  ])
  expect(exits.at(-1)?.reason).toMatchObject({ code: 'PEEPER_RESTART_INTENSITY', cause: error })
  expect(troupe.alive).toEqual(['a', 'b'])
})

test('a storm of crashes climbs the tree until the top gives up, and nothing is left running', async () => {
  const ends: ExitReason[] = []
  const top = new Supervisor({
    name: 'top',
    clock,
    maxRestarts: 1,
    children: [branch('inner', 1, inner)],
    onChildExit,
  })
  await top.start(reason => ends.push(reason))
  for (let crash = 0; crash < 4; crash += 1) {
    expect(ends).toEqual([])
    troupe.end('a', error)
    await clock.advance(0)
  }
  expect(ends).toMatchObject([
    { code: 'PEEPER_RESTART_INTENSITY', cause: { code: 'PEEPER_RESTART_INTENSITY', cause: error } },
  ])
  expect(exits.at(-1)).toMatchObject({ supervisor: 'top', child: 'inner', then: 'give up', restartsLeft: 0 })
  expect(troupe.alive).toEqual([])
})

test('a branch that cannot start makes the whole start fail, and what was started stops', async () => {
  troupe.broken.add('b')
  const top = new Supervisor({
    name: 'top',
    clock,
    children: [troupe.spec('first'), branch('inner', 1, inner)],
  })
  await expect(top.start()).rejects.toThrow('b is broken')
  expect(troupe.alive).toEqual([])
})

test('a child that ends while its siblings still start is attended to when all have started', async () => {
  let open = (): void => undefined
  troupe.whenStarted.set('b', () => new Promise(resolve => (open = resolve)))
  const top = new Supervisor({
    name: 'top',
    clock,
    strategy: 'one_for_all',
    children: troupe.specs('a', 'b', 'c'),
  })
  const started = top.start()
  await clock.advance(0)
  troupe.end('a', error)
  await clock.advance(0)
  expect(troupe.news()).toEqual(['start a', 'start b'])
  troupe.whenStarted.clear()
  open()
  await started
  await clock.advance(0)
  expect(troupe.news()).toEqual([
    'start c',
    ...['stop c (shutdown, 5000)', 'stop b (shutdown, 5000)'],
    ...['start a', 'start b', 'start c'],
  ])
})

test('a supervisor stopped while it starts starts no more children', async () => {
  let open = (): void => undefined
  troupe.whenStarted.set('b', () => new Promise(resolve => (open = resolve)))
  const top = new Supervisor({ name: 'top', clock, children: troupe.specs('a', 'b', 'c') })
  const started = top.start()
  await clock.advance(0)
  await top.stop()
  open()
  await started
  expect(troupe.log).not.toContain('start c')
})

test('a child whose end fails keeps no sibling from ending, and its error is told', async () => {
  troupe.whenStopped.set('b', () => Promise.reject(error))
  const top = new Supervisor({ name: 'top', clock, children: troupe.specs('a', 'b', 'c'), onChildExit })
  await top.start()
  await top.stop()
  expect(troupe.alive).toEqual([])
  expect(exits).toMatchObject([{ child: 'b', reason: error }])
})

test('a child whose end fails keeps no supervisor from giving up', async () => {
  const ends: ExitReason[] = []
  troupe.whenStopped.set('b', () => Promise.reject(error))
  const top = new Supervisor({ name: 'top', clock, maxRestarts: 0, children: troupe.specs('a', 'b') })
  await top.start(reason => ends.push(reason))
  troupe.end('a', error)
  await clock.advance(0)
  expect(ends).toHaveLength(1)
})

test('stop waits for children that end already with their group, and the parent is not told of an end it asked for', async () => {
  let open = (): void => undefined
  const ends: ExitReason[] = []
  troupe.whenStopped.set('b', () => new Promise(resolve => (open = resolve)))
  const top = new Supervisor({ name: 'top', clock, maxRestarts: 0, children: troupe.specs('a', 'b') })
  await top.start(reason => ends.push(reason))
  troupe.end('a', error)
  let stopped = false
  const stopping = top.stop().then(() => (stopped = true))
  await clock.advance(0)
  expect(stopped).toBe(false)
  open()
  await stopping
  expect(ends).toEqual([])
})
