import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { TestingModule } from '@nestjs/testing'
import {
  AlreadyStartedError,
  BadOptionError,
  CodeChange,
  FormatStatus,
  HandleCall,
  HandleCast,
  Init,
  InitFailedError,
  NoSuchServerError,
  NotAServerError,
  NotProvidedError,
  PEEPER_CRASH_INJECTOR,
  PEEPER_SUPERVISOR,
  Peeper,
  PeeperModule,
  PeeperServer,
  type PeeperContext,
  type PeeperEvent,
} from 'nestjs-peeper'
import { Supervisor } from 'nestjs-peeper/engine'
import { crashInjector, simulatedClock } from 'nestjs-peeper/testing'
import { Test } from '@nestjs/testing'
import { never } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { settled } from '../support/settled.js'
import { compiled, running } from './boot.js'
import { Counter } from './counter.js'

type BoxState = unknown

/** Shows what it was started with. */
@PeeperServer({ name: 'box', state: 'as declared', version: 2 })
class Box {
  @HandleCall() read(state: BoxState): unknown {
    return state
  }
  @HandleCast() put(state: { inside: unknown }, what: unknown): void {
    state.inside = what
  }
  @HandleCall() crash(): never {
    throw new Error('crash')
  }
  @CodeChange() protected upgrade(state: unknown, from: number, extra: unknown) {
    return { inside: [state, from, extra] }
  }
  @FormatStatus() protected hide(): string {
    return 'hidden'
  }
}

let app: TestingModule
let peeper: Peeper

beforeEach(async () => {
  app = await running([Box, Counter])
  peeper = app.get(Peeper)
})

afterEach(() => app.close())

describe('peeper.start', () => {
  test.each([
    ['a number', 5, 5],
    ['null', null, null],
    ['an array', [1], [1]],
    ['an object with other fields', { items: [] }, { items: [] }],
    ['an object with a field called state, among others', { state: 'open', n: 1 }, { state: 'open', n: 1 }],
    ['an empty object', {}, {}],
    ['options', { state: 5 }, 5],
    ['options with a state that looks like options', { state: { state: 5 } }, { state: 5 }],
    ['options with the state undefined', { state: undefined }, undefined],
    ['a Map', new Map([['state', 1]]), new Map([['state', 1]])],
    ['nothing: the state of the class', undefined, 'as declared'],
  ])('takes %s', async (_, given, state) => {
    const early = await compiled([Box])
    const box = await early.get(Peeper).start(Box, given)
    expect(await box.call('read')).toEqual(state)
    await early.init()
    expect(await box.call('read')).toEqual(state)
    await early.close()
  })

  test('of a server that ran before keeps its state, until it is told to discard it', async () => {
    await peeper.stop('box')
    await peeper.start(Box, 'new')
    expect(await peeper.call('box', 'read')).toBe('as declared')
    await peeper.stop('box')
    await peeper.start(Box, { state: 'new', reset: true })
    expect(await peeper.call('box', 'read')).toBe('new')
  })

  test('starts one more server of a class under another name, with options of its own', async () => {
    const second = await peeper.start(Box, { name: 'second', state: 'mine', maxRestarts: 3 })
    expect(second.name).toBe('second')
    expect(await second.call('read')).toBe('mine')
    expect(second.status()).toMatchObject({ restartsLeft: 3 })
    expect(await peeper.call('box', 'read')).toBe('as declared')
    expect(peeper.whichChildren().map(({ id }) => id)).toEqual(['box', 'counter', 'second'])
    expect(peeper.countChildren()).toEqual({ specs: 3, active: 3, supervisors: 3, workers: 0 })
  })

  test('lets the class decide where the start says undefined, and the nearer timeout count', async () => {
    @PeeperServer({ maxRestarts: 4, timeout: 9_000, init: { timeout: 9_000, retries: 0 } })
    class Patient {
      @HandleCall() read(state: unknown): unknown {
        return state
      }
      @Init() protected init(state: unknown) {
        return state === 'hang' ? never() : undefined
      }
    }
    const clock = simulatedClock()
    const own = await running([Patient], { logger: false, clock })
    const second = await own.get(Peeper).start(Patient, { name: 'second', maxRestarts: undefined })
    expect(second.status()).toMatchObject({ restartsLeft: 4 })
    const third = own.get(Peeper).start(Patient, { name: 'third', state: 'hang', timeout: 3_000 })
    await expect(passing(clock, third)).rejects.toMatchObject({
      cause: { code: 'PEEPER_INIT_TIMEOUT', message: expect.stringContaining('within 3000 ms') },
    })
    await own.close()
  })

  test('brings back a server that is down, with its state', async () => {
    const fragile = await peeper.start(Counter, { name: 'fragile', maxRestarts: 0 })
    await fragile.call('inc', 7)
    await settled(fragile.call('boom'))
    expect(await settled(fragile.call('read'))).toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
    expect(peeper.health()).toEqual({ healthy: false, down: ['fragile'] })
    const again = await peeper.start(Counter, { name: 'fragile' })
    expect(await again.call('read')).toBe(7)
    expect(await fragile.call('read')).toBe(7)
    expect(peeper.health()).toEqual({ healthy: true, down: [] })
  })

  test('brings back a server by its name', async () => {
    await peeper.call('counter', 'inc', 7)
    await peeper.stop('counter')
    await peeper.start('counter')
    expect(await peeper.call('counter', 'read')).toBe(7)
    await peeper.stop('counter')
    await peeper.start('counter', { reset: true })
    expect(await peeper.call('counter', 'read')).toBe(0)
  })

  test('refuses what cannot be', async () => {
    class Plain {}
    @PeeperServer()
    class Elsewhere {
      @HandleCall() ping() {}
    }
    await expect(peeper.start(Plain)).rejects.toThrow(NotAServerError)
    await expect(peeper.start(Elsewhere)).rejects.toThrow(NotProvidedError)
    await expect(peeper.start(Box)).rejects.toThrow(AlreadyStartedError)
    await expect(peeper.start('nobody')).rejects.toThrow(NoSuchServerError)
    await peeper.stop('counter')
    await expect(peeper.start(Box, { name: 'counter' })).rejects.toThrow(AlreadyStartedError)
    await expect(peeper.start(Counter, { maxRestarts: 3 })).rejects.toThrow(BadOptionError)
    await expect(peeper.start(Counter, { maxRestarts: 3 })).rejects.toThrow(
      /'maxRestarts' of the start that brings 'counter' back is 3; it must be left out/,
    )
  })

  test('fails with the cause when init does', async () => {
    @PeeperServer({ name: 'choosy' })
    class Choosy {
      @Init() protected init(arg: unknown) {
        if (arg === 'bad') throw new Error('bad arg')
        return arg
      }
      @HandleCall() read(state: unknown): unknown {
        return state
      }
    }
    const other = await running([Choosy])
    const started = other.get(Peeper).start(Choosy, { name: 'x', state: 'bad', init: { retries: 0 } })
    await expect(started).rejects.toThrow(InitFailedError)
    await other.close()
  })
})

describe('the facade', () => {
  test('calls, casts and sends by name', async () => {
    peeper.cast('counter', 'add', 2)
    expect(peeper.send('counter', 'tick')).toBe('tick')
    expect(await peeper.call('counter', 'read')).toBe(3)
    expect(peeper.whereis('counter')?.name).toBe('counter')
    expect(peeper.whereis('nobody')).toBeUndefined()
  })

  test('finds the worker by the name of its server or by its own', async () => {
    const worker = peeper.worker('counter')
    expect(await worker.call('inc')).toBe(1)
    expect(await peeper.worker('counter.GenServer').call('read')).toBe(1)
    worker.exit('kill')
    await expect(worker.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    expect(await peeper.call('counter', 'read')).toBe(1)
    expect(() => peeper.worker('nobody')).toThrow(NoSuchServerError)
  })

  test('lets one kill a keeper and then the worker, and the state is there', async () => {
    await peeper.call('counter', 'inc', 7)
    for (const id of ['keeper', 'worker'])
      peeper
        .whichChildren('counter')
        .find(child => child.id === id)
        ?.exit('kill')
    expect(await peeper.call('counter', 'read')).toBe(7)
    expect(peeper.countChildren('counter')).toMatchObject({ specs: 2, active: 2 })
  })

  test('runs a code change, and shows states as they are formatted', async () => {
    await peeper.codeChange('box', { from: 1, extra: 'more' })
    expect(await peeper.call('box', 'read')).toEqual({ inside: ['as declared', 1, 'more'] })
    expect(peeper.whereis('box')?.status().state).toBe('hidden')
  })

  test('tells events and dead letters', async () => {
    const events: PeeperEvent[] = []
    peeper.events$.subscribe(event => events.push(event))
    await settled(peeper.call('counter', 'boom'))
    await peeper.call('counter', 'read')
    expect(events.map(({ type }) => type)).toEqual(['crashed', 'started'])
    peeper.cast('nobody', 'hello')
    peeper.cast('counter', 'unheard')
    const letters: unknown[] = []
    peeper.deadLetters$.subscribe(({ server, message }) => letters.push([server, message]))
    expect(letters).toEqual([
      ['nobody', 'hello'],
      ['counter', 'unheard'],
    ])
  })

  test('stops a server within the time it is given', async () => {
    await peeper.stop('counter', 'shutdown', 100)
    expect(await settled(peeper.call('counter', 'read'))).toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
    await expect(peeper.stop('nobody')).rejects.toThrow(NoSuchServerError)
  })
})

describe('its parts', () => {
  test('can be overridden: the supervisor and the crash injector', async () => {
    const crashes = crashInjector()
    const supervisor = new Supervisor({ name: 'mine', clock: simulatedClock() })
    const other = await Test.createTestingModule({
      imports: [PeeperModule.forRoot({ logger: false })],
      providers: [Counter],
    })
      .overrideProvider(PEEPER_CRASH_INJECTOR)
      .useValue(crashes.inject)
      .overrideProvider(PEEPER_SUPERVISOR)
      .useValue(supervisor)
      .compile()
    await other.init()
    expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(['counter'])
    crashes.next('counter', 'before-commit')
    expect(await settled(other.get(Peeper).call('counter', 'inc'))).toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
    })
    expect(await other.get(Peeper).call('counter', 'read')).toBe(0)
    await other.close()
  })
})

test('ctx knows the name a server was started under', async () => {
  @PeeperServer({ name: 'one' })
  class Named {
    @HandleCall() who(_: unknown, __: undefined, ctx: PeeperContext): string {
      return ctx.name
    }
  }
  const other = await running([Named])
  const two = await other.get(Peeper).start(Named, { name: 'two' })
  expect([await two.call('who'), await other.get(Peeper).call('one', 'who')]).toEqual(['two', 'one'])
  await other.close()
})
