import { afterEach, describe, expect, test } from '@jest/globals'
import type { Type } from '@nestjs/common'
import type { TestingModule } from '@nestjs/testing'
import {
  BadOptionError,
  DecoratorNotCalledError,
  HandleCall,
  MaxChildrenError,
  NoSuchSupervisorError,
  NotAChildError,
  NotAServerError,
  NotProvidedError,
  Peeper,
  PeeperServer,
  PeeperSupervisor,
  SupervisorCycleError,
  TwoParentsError,
  type PeeperModuleOptions,
} from 'nestjs-peeper'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { compiled, failure, recorder, running } from './boot.js'

/** A counter class of its own, that may not restart by itself. */
const counterClass = (name: string): Type => {
  @PeeperServer({ name, state: { n: 0 }, maxRestarts: 0 })
  class Count {
    @HandleCall() inc(state: { n: number }): number {
      return (state.n += 1)
    }
  }
  return Count
}

const A = counterClass('a')
const B = counterClass('b')
const C = counterClass('c')

let app: TestingModule

afterEach(() => app?.close())

const ids = (supervisor?: string): string[] =>
  app
    .get(Peeper)
    .whichChildren(supervisor === undefined ? undefined : { supervisor })
    .map(({ id }) => id)

describe('declared supervisors', () => {
  test('start their children in order, under them and not under the root', async () => {
    @PeeperSupervisor({ children: [B] })
    class Inner {}
    @PeeperSupervisor({
      name: 'top',
      strategy: 'rest_for_one',
      children: [C, Inner, { server: 'a', id: 'first' }],
    })
    class Top {}
    const D = counterClass('d')
    app = await compiled([A, B, C, D, Inner, Top])
    const chronicle = new Chronicle(app.get(Peeper).events$)
    await app.init()
    expect([ids(), ids('top'), ids('Inner')]).toEqual([['top', 'd'], ['c', 'Inner', 'first'], ['b']])
    expect(chronicle.of('started').map(({ server }) => server)).toEqual(['c', 'b', 'a', 'd'])
  })

  test('are given to forRoot too, one in another', async () => {
    const supervisors = [{ name: 'top', children: [{ name: 'inner', children: [A, 'b'] }, C] }]
    app = await running([A, B, C], { logger: false, supervisors })
    expect([ids(), ids('top'), ids('inner')]).toEqual([['top'], ['inner', 'c'], ['a', 'b']])
    expect(app.get(Peeper).countChildren('inner')).toMatchObject({ specs: 2, active: 2 })
  })

  test('restart what spent its own budget; one that gives up is told of and brought back', async () => {
    const [clock, logger] = [simulatedClock(), recorder()]
    app = await running([A, B], {
      clock,
      logger,
      supervisors: [{ name: 'top', maxRestarts: 1, children: [A, B] }],
    })
    const peeper = app.get(Peeper)
    await peeper.call('a', 'inc')
    peeper.exit('a', 'kill')
    await clock.advance(0)
    expect(await peeper.call('a', 'inc')).toBe(2)
    peeper.exit('a', 'kill')
    await clock.advance(0)
    expect([...peeper.health().down].sort()).toEqual(['a', 'b', 'top'])
    expect(logger.entries.filter(({ message }) => message.includes("supervisor 'top' gave up"))).toHaveLength(
      1,
    )
    await peeper.restartChild('root', 'top')
    expect(await peeper.call('a', 'inc')).toBe(3)
    expect(peeper.health().healthy).toBe(true)
  })
})

describe('a mistake in the wiring fails the start', () => {
  class Plain {}

  const supervised = (...children: readonly unknown[]): PeeperModuleOptions =>
    ({ logger: false, supervisors: [{ name: 'top', children }] }) as PeeperModuleOptions

  test.each<[string, unknown, unknown]>([
    ['a class that is no server', Plain, NotAServerError],
    ['undefined, of a circular import', undefined, NotAServerError],
    ['a server that nobody provides', counterClass('other'), NotProvidedError],
    ['a name that nobody has', 'other', NotProvidedError],
    ['a bad option', { name: 'inner', maxSeconds: 0 }, BadOptionError],
    ['an option that is none', { name: 'inner', maxRestart: 0 }, BadOptionError],
    ['more than it may have', { name: 'inner', maxChildren: 0, children: [A] }, BadOptionError],
  ])('%s among the children', async (_, child, expected) => {
    expect(await failure(running([A, Plain], supervised(child)))).toBeInstanceOf(expected)
  })

  test('keyed servers among the children', async () => {
    @PeeperServer({ name: 'lot', keyed: true })
    class Lot {
      @HandleCall()
      read(): void {}
    }
    const error = await failure(running([Lot], supervised(Lot)))
    expect(error).toBeInstanceOf(BadOptionError)
    expect(error.message).toContain('is lot;')
    expect(error.message).toContain('keyed ones start by themselves')
  })

  test('a class under two parents, or twice under one', async () => {
    @PeeperSupervisor({ children: [A] })
    class Other {}
    const error = await failure(running([A, Other], supervised(A)))
    expect(error).toBeInstanceOf(TwoParentsError)
    expect(error.message).toContain("of 'top' and of 'Other'")
    expect(await failure(running([A], supervised(A, 'a')))).toBeInstanceOf(TwoParentsError)
  })

  test('supervisors that are each other’s children', async () => {
    @PeeperSupervisor({ children: ['two'] })
    class One {}
    @PeeperSupervisor({ name: 'two', children: [{ name: 'three', children: [One] }] })
    class Two {}
    const error = await failure(running([One, Two]))
    expect(error).toBeInstanceOf(SupervisorCycleError)
    expect(error.message).toContain('One → two → three → One')
  })

  test('@PeeperSupervisor without its parentheses', () => {
    expect(() => PeeperSupervisor(Plain as object)).toThrow(DecoratorNotCalledError)
  })
})

describe('at run time', () => {
  test('supervisors start, classes start under them several times, and all of it goes and comes', async () => {
    app = await running([A])
    const peeper = app.get(Peeper)
    await peeper.startSupervisor({ name: 'pool', maxChildren: 2 })
    const one = await peeper.start(A, { name: 'one', supervisor: 'pool', id: 'first', state: { n: 5 } })
    await peeper.start(A, { name: 'two', supervisor: 'pool' })
    await expect(peeper.start(A, { name: 'three', supervisor: 'pool' })).rejects.toBeInstanceOf(
      MaxChildrenError,
    )
    expect([ids(), ids('pool')]).toEqual([
      ['a', 'pool'],
      ['first', 'two'],
    ])
    expect(await peeper.call('one', 'inc')).toBe(6)
    await peeper.terminateChild('pool', 'first')
    await peeper.restartChild('pool', 'first')
    expect(await peeper.call(one.name, 'inc')).toBe(7)
    await peeper.terminateChild('root', 'pool')
    peeper.deleteChild('root', 'pool')
    expect(peeper.whereis('one')).toBeUndefined()
    await peeper.startSupervisor({ name: 'pool', supervisor: 'root' })
    expect(ids()).toEqual(['a', 'pool'])
  })

  test('a server moves to another supervisor while its clients call', async () => {
    const logger = recorder()
    app = await running([A, B, C], {
      logger,
      supervisors: [{ name: 'north', children: [A, B] }, { name: 'south' }],
    })
    const peeper = app.get(Peeper)
    const chronicle = new Chronicle(peeper.events$)
    const before = peeper.call('a', 'inc')
    const moving = peeper.transfer('a', 'north', 'south')
    expect(await Promise.all([before, peeper.call('a', 'inc'), moving])).toEqual([1, 2, undefined])
    expect([ids('north'), ids('south')]).toEqual([['b'], ['a']])
    await expect(peeper.transfer('a', 'north', 'south')).rejects.toBeInstanceOf(NotAChildError)
    await expect(peeper.transfer('c', 'root', 'east')).rejects.toBeInstanceOf(NoSuchSupervisorError)
    await peeper.transfer('c', 'root', 'south')
    expect(ids()).toEqual(['north', 'south'])
    expect(peeper.countChildren('south')).toMatchObject({ specs: 2, active: 2 })
    peeper.exit('a', 'kill') // its class allows no restart: south starts it again
    await new Promise(setImmediate)
    expect([await peeper.call('a', 'inc'), ids('south')]).toEqual([3, ['a', 'c']])
    expect(chronicle.of('moved').map(({ server, to }) => [server, to])).toEqual([
      ['a', 'south'],
      ['c', 'south'],
    ])
    expect(logger.entries.filter(({ message }) => message.includes('south'))).toEqual([])
    expect(peeper.health().healthy).toBe(true)
  })

  test('a bare state with an id is a state', async () => {
    @PeeperServer({ name: 'box' })
    class Box {
      @HandleCall() read(state: unknown): unknown {
        return state
      }
    }
    app = await compiled([Box])
    const peeper = app.get(Peeper)
    await peeper.start(Box, { id: '1', name: 'box' })
    expect(await peeper.call('box', 'read')).toEqual({ id: '1', name: 'box' })
  })
})
