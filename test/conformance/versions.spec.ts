import { describe, expect, test } from '@jest/globals'
import { Engine, noreply, type Callbacks, type Context, type Family, type Server } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { latch, never, turns } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { combinations } from './combinations.js'
import { conformance, type Conformance, type StartOptions } from './fixture.js'

interface Old {
  names: string[]
}
interface Middle {
  names: string[]
  count: number
}
interface New {
  list: string
  count: number
}

const call = {
  read: (state: unknown) => state,
  add: (state: { count?: number }) => (state.count = (state.count ?? 0) + 1),
}
const steps = {
  1: ({ names }: Old): Middle => ({ names, count: names.length }),
  2: ({ names, count }: Middle): New => ({ list: names.join(), count }),
}

/** What an older release leaves in the store: the state after one change, at revision 2. */
const stored = async (
  suite: Conformance,
  { name = 'counter', version = 1, state = { names: ['a', 'b'] } as unknown },
): Promise<void> => {
  const { load, commit, remove, list } = suite.store.keeper
  const before = new Engine({ keeper: { load, commit, remove, list }, clock: simulatedClock() })
  const put = (_: unknown, __: unknown, ctx: Context): void => void ctx.dictionary.set('mark', 'kept')
  const server = await before.start({
    name,
    version,
    state,
    callbacks: { call: { ...call, put } },
  })
  await server.call('put')
  await before.close()
}

const upgrading = (codeChange: Callbacks['codeChange'], more: Callbacks = {}): StartOptions => ({
  version: 3,
  state: 'the first state',
  callbacks: { call, ...more, ...(codeChange && { codeChange }) },
})

const inStore = async (suite: Conformance, key?: string) =>
  await suite.store.keeper.load(key === undefined ? { name: 'counter' } : { name: 'counter', key })

describe.each(combinations)('a stored state of an older version ($name)', combination => {
  const suite = conformance(combination)

  test('is upgraded step by step, each from its version to the next', async () => {
    await stored(suite, {})
    const server = await suite.start(upgrading(steps))
    expect(await server.call('read')).toEqual({ list: 'a,b', count: 2 })
  })

  test('is upgraded from the step of its own version on', async () => {
    await stored(suite, { version: 2, state: { names: ['x'], count: 7 } })
    const server = await suite.start(upgrading(steps))
    expect(await server.call('read')).toEqual({ list: 'x', count: 7 })
  })

  test('is upgraded in one go by a handler that is given the old version', async () => {
    await stored(suite, {})
    const given: unknown[] = []
    const server = await suite.start(
      upgrading((state: Old, ...more) => {
        given.push(...more)
        return { list: state.names.join(), count: 0 }
      }),
    )
    expect(given).toEqual([1, undefined])
    expect(await server.call('read')).toEqual({ list: 'a,b', count: 0 })
  })

  test('is upgraded by handlers that mutate it, and by such as wait', async () => {
    await stored(suite, {})
    const server = await suite.start(
      upgrading({
        1: async (state: Old & { count?: number }) => {
          await turns()
          state.count = state.names.length
        },
        2: (state: Middle) => void state.names.push('c'),
      }),
    )
    expect(await server.call('read')).toEqual({ names: ['a', 'b', 'c'], count: 2 })
  })

  test('is stored upgraded: one revision more, with the new version', async () => {
    await stored(suite, {})
    const server = await suite.start(upgrading(steps))
    expect(server.status()).toMatchObject({ revision: 3, state: { list: 'a,b', count: 2 } })
    expect(await inStore(suite)).toMatchObject({
      revision: 3,
      version: 3,
      state: { list: 'a,b', count: 2 },
    })
  })

  test('is stored with the new version also when the upgrade changes nothing', async () => {
    await stored(suite, {})
    await suite.start(upgrading(() => undefined))
    expect(await inStore(suite)).toMatchObject({ revision: 3, version: 3, state: { names: ['a', 'b'] } })
  })

  test('is stored before init and the first message see it', async () => {
    await stored(suite, {})
    const seen: unknown[] = []
    const init = async (state: New): Promise<void> => void seen.push({ ...state }, await inStore(suite))
    const starting = suite.start(upgrading(steps, { init }))
    const asked = suite.engine.call('counter', 'read')
    await starting
    expect(seen).toEqual([{ list: 'a,b', count: 2 }, expect.objectContaining({ revision: 3, version: 3 })])
    expect(await asked).toEqual({ list: 'a,b', count: 2 })
  })

  test('is upgraded once, however often init is tried and the server is restarted', async () => {
    await stored(suite, {})
    const ran: number[] = []
    let tries = 0
    const init = (): void => {
      if ((tries += 1) < 3) throw new Error('not yet')
    }
    const change = (_: Old, from: number): New => ({ list: `${ran.push(from)}`, count: 0 })
    const server = await passing(suite.clock, suite.start(upgrading(change, { init })))
    server.exit('kill')
    expect(await server.call('read')).toEqual({ list: '1', count: 0 })
    expect(ran).toEqual([1])
    expect(server.status().revision).toBe(3)
  })

  test('goes on from there: what is changed after is kept', async () => {
    await stored(suite, {})
    const server = await suite.start(upgrading(steps))
    expect(await server.call('add')).toBe(3)
    server.exit('kill')
    expect(await server.call('read')).toEqual({ list: 'a,b', count: 3 })
    expect(server.status().revision).toBe(4)
  })

  test('is nothing that listeners are told of, as loading is not', async () => {
    await stored(suite, {})
    const told: unknown[] = []
    const listener = { onStateChanged: (...[old, next]: unknown[]) => told.push([old, next]) }
    const server = await suite.start({ ...upgrading(steps), listener })
    await server.call('add')
    expect(told).toEqual([
      [
        { list: 'a,b', count: 2 },
        { list: 'a,b', count: 3 },
      ],
    ])
  })

  test('keeps its tables and its dictionary', async () => {
    await stored(suite, {})
    const mark = (_: unknown, __: unknown, ctx: Context) => ctx.dictionary.get('mark')
    const server = await suite.start(upgrading(steps, { call: { ...call, mark } }))
    expect(await server.call('mark')).toBe('kept')
  })

  test('is discarded, not upgraded, by a start with reset', async () => {
    await stored(suite, {})
    const change = (): never => {
      throw new Error('cannot')
    }
    await expect(suite.start(upgrading(change))).rejects.toMatchObject({ code: 'PEEPER_CODE_CHANGE_FAILED' })
    const server = await suite.engine.start({ name: 'counter', ...upgrading(change) }, { reset: true })
    expect(await server.call('read')).toBe('the first state')
  })

  test('and a first state, or one of this version, are left as they are', async () => {
    const change = (): never => {
      throw new Error('nothing to upgrade')
    }
    await stored(suite, { name: 'same', version: 3, state: 'same' })
    const same = await suite.start({ ...upgrading(change), name: 'same' })
    expect([await same.call('read'), same.status().revision]).toEqual(['same', 2])
    const first = await suite.start(upgrading(change))
    expect([await first.call('read'), first.status().revision]).toEqual(['the first state', 1])
  })

  test('stays as it is when the first that a life is asked for is an upgrade, and that fails', async () => {
    await stored(suite, {})
    const never = (): never => {
      throw new Error('no upgrade')
    }
    const callbacks = { call, codeChange: never }
    const server = await suite.start({ version: 1, callbacks })
    const next = suite.next('started')
    server.exit('kill')
    await next
    await expect(server.codeChange({ from: 1 })).rejects.toThrow('no upgrade')
    expect(await server.call('read')).toEqual({ names: ['a', 'b'] })
    expect(server.status().worker).toBe(2)
  })

  test('is upgraded further by the running codeChange, by all steps from the version it is told', async () => {
    await stored(suite, {})
    const add = (state: { names: string[] }, from: number, extra: unknown): void =>
      void state.names.push(`${from} ${String(extra)}`)
    const server = await suite.start(upgrading({ 1: add, 2: add }))
    await server.codeChange({ from: 1, extra: 'more' })
    expect(await server.call('read')).toEqual({
      names: ['a', 'b', '1 undefined', '2 undefined', '1 more', '2 more'],
    })
    expect(server.status().revision).toBe(4)
    await expect(server.codeChange({ from: 3 })).rejects.toThrow(/'from' of codeChange of 'counter' is 3/)
  })
})

describe.each(combinations)('a stored state that no life can begin with ($name)', combination => {
  const suite = conformance(combination)
  const cannot = new Error('cannot')

  const refused: readonly [string, number, Callbacks['codeChange'], object][] = [
    ['is newer', 4, steps, { code: 'PEEPER_NEWER_STATE', message: expect.stringContaining('version 4') }],
    [
      'is older, and there is no codeChange',
      1,
      undefined,
      { code: 'PEEPER_CODE_CHANGE_MISSING', message: expect.stringContaining('@CodeChange({ from: 1 })') },
    ],
    ['is older than all steps', 1, { 2: steps[2] }, { code: 'PEEPER_CODE_CHANGE_MISSING' }],
    [
      'cannot be upgraded: it throws',
      1,
      (state: Old) => {
        state.names = []
        throw cannot
      },
      { code: 'PEEPER_CODE_CHANGE_FAILED', cause: cannot },
    ],
    [
      'cannot be upgraded: the second step rejects',
      1,
      { 1: steps[1], 2: () => Promise.reject(cannot) },
      { code: 'PEEPER_CODE_CHANGE_FAILED', cause: cannot },
    ],
    [
      'is upgraded to what is no data',
      1,
      () => ({ list: () => 1 }),
      { code: 'PEEPER_CODE_CHANGE_FAILED', cause: { code: 'PEEPER_STATE_NOT_KEEPABLE' } },
    ],
    [
      'is upgraded to what is no data, half-way',
      1,
      { 1: () => ({ list: () => 1 }), 2: () => 'fine' },
      { code: 'PEEPER_CODE_CHANGE_FAILED', cause: { code: 'PEEPER_STATE_NOT_KEEPABLE' } },
    ],
    [
      'is upgraded to an outcome',
      1,
      () => noreply({ state: 1 }),
      { code: 'PEEPER_CODE_CHANGE_FAILED', cause: { code: 'PEEPER_BAD_OUTCOME' } },
    ],
  ]

  test.each(refused)(
    'for it %s: start fails at once, the store is as it was, others are served',
    async (_, version, codeChange, error) => {
      await stored(suite, { version })
      const before = await inStore(suite)
      const other = await suite.start({ name: 'other', state: 1, callbacks: { call } })
      const ran: unknown[] = []
      const init = (): void => void ran.push('init')
      const starting = suite.start(upgrading(codeChange, { init }))
      const waiting = suite.engine.call('counter', 'read', undefined, { timeout: Infinity })
      waiting.catch(() => undefined)
      await expect(starting).rejects.toMatchObject(error)
      await expect(waiting).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN', reason: error })
      expect(suite.past('init-failed')).toMatchObject([{ attempt: 1, reason: error, retryIn: undefined }])
      expect(ran).toEqual([])
      expect(await inStore(suite)).toEqual(before)
      expect(await other.call('read')).toBe(1)
    },
  )

  test.each(refused)(
    'for it %s, found at a restart: the server is down with it, others are served',
    async (_, version, codeChange, error) => {
      const other = await suite.start({ name: 'other', state: 1, callbacks: { call } })
      const server = await suite.start(upgrading(codeChange))
      await suite.store.keeper.remove({ name: 'counter' })
      await stored(suite, { version })
      const before = await inStore(suite)
      const down = suite.next('down')
      server.exit('kill')
      expect(await down).toMatchObject({ server: 'counter', reason: error })
      await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN', reason: error })
      expect(await inStore(suite)).toEqual(before)
      expect(await other.call('read')).toBe(1)
    },
  )

  test('is served once the release that can is there', async () => {
    await stored(suite, {})
    await expect(suite.start(upgrading(undefined))).rejects.toMatchObject({
      code: 'PEEPER_CODE_CHANGE_MISSING',
    })
    const server = await suite.start(upgrading(steps))
    expect(await server.call('read')).toEqual({ list: 'a,b', count: 2 })
  })
})

describe.each(combinations)('an upgrade that is disturbed ($name)', combination => {
  const suite = conformance(combination)
  const full = new Error('disk full')

  test.each([false, true])(
    'by a keeper that does not take it (stored: %s) is tried again, and is done once',
    async isStored => {
      await stored(suite, {})
      suite.store.failNext(full, { stored: isStored })
      const add = (state: Old, from: number): void => void state.names.push(`from ${from}`)
      const server = await passing(suite.clock, suite.start(upgrading({ 1: add, 2: add })))
      expect(await server.call('read')).toEqual({ names: ['a', 'b', 'from 1', 'from 2'] })
      expect(server.status().revision).toBe(3)
      expect(suite.past('init-failed')).toMatchObject([
        { attempt: 1, reason: full, retryIn: expect.any(Number) },
      ])
    },
  )

  test('by a keeper that loses the old state gives it the old state again, as of its version', async () => {
    await stored(suite, {})
    suite.store.failNext(full, { stored: false })
    const failed = suite.next('init-failed')
    const starting = suite.start(upgrading(steps))
    await failed
    await suite.store.keeper.remove({ name: 'counter' })
    const server = await passing(suite.clock, starting)
    expect(await server.call('read')).toEqual({ list: 'a,b', count: 2 })
    expect(await inStore(suite)).toMatchObject({ revision: 3, version: 3 })
  })

  test('by its time being up is left behind and tried again, and no further step of it is run', async () => {
    await stored(suite, {})
    const [gate, ran] = [latch(), [] as string[]]
    let tries = 0
    const first = async ({ names }: Old): Promise<Middle> => {
      const mine = (tries += 1)
      ran.push(`first ${mine}`)
      if (mine === 1) await gate.opened
      return { names: [...names, `try ${mine}`], count: 0 }
    }
    const second = (state: Middle): Middle => {
      ran.push('second')
      return state
    }
    const starting = suite.start({ ...upgrading({ 1: first, 2: second }), init: { timeout: 50 } })
    const server = await passing(suite.clock, starting)
    gate.open()
    await turns()
    expect(await server.call('read')).toEqual({ names: ['a', 'b', 'try 2'], count: 0 })
    expect(ran).toEqual(['first 1', 'first 2', 'second'])
    expect(suite.past('init-failed')).toMatchObject([
      { reason: { code: 'PEEPER_INIT_TIMEOUT', message: expect.stringContaining('codeChange of') } },
    ])
  })

  test('by a stop ends there, and nothing of it is stored', async () => {
    await stored(suite, {})
    const before = await inStore(suite)
    const entered = latch()
    const hang = (): Promise<never> => {
      entered.open()
      return never()
    }
    suite.start(upgrading(hang)).catch(() => undefined)
    await entered.opened
    const server = suite.engine.whereis('counter') as Server
    await passing(suite.clock, server.stop('shutdown', 10))
    expect(await inStore(suite)).toEqual(before)
  })
})

describe.each(combinations)('stored keyed servers of an older version ($name)', combination => {
  const suite = conformance(combination)

  const storedKeys = async (keys: readonly string[]): Promise<void> => {
    const { load, commit, remove, list } = suite.store.keeper
    const before = new Engine({ keeper: { load, commit, remove, list }, clock: simulatedClock() })
    const family = before.family({ name: 'counter', state: { count: 0 }, callbacks: { call } })
    for (const key of keys) await family.for(key).call('add')
    await before.close()
  }
  const familyOf = (codeChange: Callbacks['codeChange']): Family =>
    suite.engine.family({ name: 'counter', version: 3, state: { count: 0 }, callbacks: { call, codeChange } })

  test('are upgraded when they are loaded, one by one, on demand', async () => {
    await storedKeys(['a', 'b', 'c'])
    const ran: number[] = []
    const family = familyOf((state: { count: number; at?: number }, from) => {
      ran.push(from)
      state.at = ran.length
    })
    expect(ran).toEqual([])
    expect(await family.for('b').call('read')).toEqual({ count: 1, at: 1 })
    expect(await family.for('a').call('add')).toBe(2)
    expect(await family.for('new').call('read')).toEqual({ count: 0 })
    expect(ran).toEqual([1, 1])
    expect(await inStore(suite, 'a')).toMatchObject({ revision: 3, version: 3 })
    expect(await inStore(suite, 'b')).toMatchObject({ revision: 2, version: 3 })
    expect(await inStore(suite, 'c')).toMatchObject({ revision: 1, version: 1 })
  })

  test('that cannot be upgraded are down for whoever asks; the others are served, and they come when they can', async () => {
    await storedKeys(['good', 'bad'])
    let mended = false
    const family = familyOf((state: { count: number }, _, __) => {
      if (!mended && state.count === 1) throw new Error('cannot')
    })
    const asked = family.for('bad').call('read')
    await expect(asked).rejects.toMatchObject({
      code: 'PEEPER_SERVER_DOWN',
      reason: { code: 'PEEPER_CODE_CHANGE_FAILED' },
    })
    expect(await family.for('another').call('read')).toEqual({ count: 0 })
    expect(await inStore(suite, 'bad')).toMatchObject({ revision: 1, version: 1 })
    mended = true
    expect(await family.for('bad').call('read')).toEqual({ count: 1 })
    expect(await inStore(suite, 'bad')).toMatchObject({ revision: 2, version: 3 })
  })
})

describe('steps that cannot lead to the version', () => {
  const suite = conformance(combinations[0] as (typeof combinations)[number])
  const step = (): number => 1

  test.each<[string, unknown, number, RegExp]>([
    ['from the version itself', { 3: step }, 3, /is 3; it must be below the server's version, 3/],
    ['from above it', { 1: step, 4: step }, 2, /is 4; it must be below/],
    ['with a gap', { 1: step }, 3, /is 1; it must be followed by a step from 2/],
    ['with a gap in between', { 1: step, 3: step }, 4, /is 1; it must be followed by a step from 2/],
    ['from what is no version', { 1.5: step }, 3, /is 1.5; it must be a whole number/],
    ['from a word', { one: step }, 3, /is NaN; it must be a whole number/],
    ['of which one is none', { 2: 'step' }, 3, /must be a function/],
  ])('are refused by start: steps %s', async (_, codeChange, version, message) => {
    const callbacks = { call, codeChange: codeChange as Callbacks['codeChange'] } as Callbacks
    const starting = suite.start({ version, callbacks })
    await expect(starting).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
    await expect(starting).rejects.toThrow(message)
    await expect(starting).rejects.toThrow(/'codeChange.from/)
  })
})
