import { beforeEach, describe, expect, test } from '@jest/globals'
import { type ChildSpec, type Strategy, Supervisor } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Troupe } from '../support/troupe.js'

const clock = simulatedClock()
const error = new Error('it broke')
let troupe: Troupe

beforeEach(() => {
  troupe = new Troupe()
})

const begin = async (strategy: Strategy, children: ChildSpec[]): Promise<Supervisor> => {
  const supervisor = new Supervisor({ name: 'top', clock, strategy, children })
  await supervisor.start()
  troupe.news()
  return supervisor
}

const statusOf = (supervisor: Supervisor): Record<string, string> =>
  Object.fromEntries(supervisor.whichChildren().map(({ id, status }) => [id, status]))

// Of four children, in start order, the second ends: who stops, in which order, and who starts, in which order.
describe.each<[Strategy, string[], string[]]>([
  ['one_for_one', [], ['b']],
  ['rest_for_one', ['d', 'c'], ['b', 'c', 'd']],
  ['one_for_all', ['d', 'c', 'a'], ['a', 'b', 'c', 'd']],
])('%s', (strategy, stopped, started) => {
  const expected = [...stopped.map(id => `stop ${id} (shutdown, 5000)`), ...started.map(id => `start ${id}`)]

  test('stops the group in reverse order, then starts it in order', async () => {
    const supervisor = await begin(strategy, troupe.specs('a', 'b', 'c', 'd'))
    troupe.end('b', error)
    await clock.advance(0)
    expect(troupe.news()).toEqual(expected)
    expect(troupe.alive).toEqual(['a', 'b', 'c', 'd'])
    expect(statusOf(supervisor)).toEqual({ a: 'running', b: 'running', c: 'running', d: 'running' })
  })

  test('stops and starts nobody when a child ends that is not to be restarted', async () => {
    const children = ['a', 'c', 'd'].map(id => troupe.spec(id))
    const supervisor = await begin(strategy, [
      ...children.slice(0, 1),
      troupe.spec('b', { restart: 'transient' }),
      ...children.slice(1),
    ])
    troupe.end('b', 'normal')
    await clock.advance(0)
    expect(troupe.news()).toEqual([])
    expect(statusOf(supervisor)).toEqual({ a: 'running', b: 'stopped', c: 'running', d: 'running' })
  })

  test('forgets temporary siblings of the group, and keeps those outside of it', async () => {
    const temporary = { restart: 'temporary' } as const
    const supervisor = await begin(strategy, [
      troupe.spec('a', temporary),
      troupe.spec('b'),
      troupe.spec('c', temporary),
      troupe.spec('d'),
    ])
    troupe.end('b', error)
    await clock.advance(0)
    const left = ['a', 'b', 'c', 'd'].filter(id => id === 'b' || id === 'd' || !stopped.includes(id))
    expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(left)
    expect(troupe.alive).toEqual(left)
  })

  test('goes down, with all its children, when one of the group cannot start again', async () => {
    const ends: unknown[] = []
    const supervisor = new Supervisor({
      name: 'top',
      clock,
      strategy,
      children: troupe.specs('a', 'b', 'c', 'd'),
    })
    await supervisor.start(reason => ends.push(reason))
    troupe.broken.add('b')
    troupe.end('b', error)
    await clock.advance(0)
    expect(ends).toEqual([expect.objectContaining({ message: 'b is broken' })])
    expect(troupe.alive).toEqual([])
    expect(supervisor.countChildren()).toMatchObject({ specs: 4, active: 0 })
  })

  test('takes several ends one at a time, and forgets those of children that ended with their group', async () => {
    await begin(strategy, troupe.specs('a', 'b', 'c', 'd'))
    troupe.end('b', error)
    troupe.end('c', error)
    await clock.advance(0)
    const log = troupe.news()
    expect(troupe.alive).toEqual(['a', 'b', 'c', 'd'])
    expect(log.filter(line => line === 'start c')).toHaveLength(1)
    expect(log.filter(line => line === 'start b')).toHaveLength(1)
  })
})

test('rest_for_one takes down only what was started after the child', async () => {
  await begin('rest_for_one', troupe.specs('a', 'b', 'c'))
  troupe.end('c', error)
  await clock.advance(0)
  expect(troupe.news()).toEqual(['start c'])
})
