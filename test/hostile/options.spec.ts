import { describe, expect, jest, test } from '@jest/globals'
import { BadOptionError, Engine, type Context, type ServerOptions } from 'nestjs-peeper/engine'
import { target } from '../support/target.js'

const NUMBERS: [string, unknown][] = [
  ['NaN', NaN],
  ['a negative number', -1],
  ['minus infinity', -Infinity],
  ['a numeral', '10'],
  ['null', null],
  ['an object without a prototype', Object.create(null)],
]

describe.each(NUMBERS)('%s', (_, value) => {
  const number = value as number
  // What is null says nothing here, as in `options ?? default`.
  const options: [string, Partial<ServerOptions>][] = [
    ['maxRestarts', { maxRestarts: number }],
    ['maxSeconds', { maxSeconds: number }],
    ['shutdown', { shutdown: number }],
    ['hibernateAfter', { hibernateAfter: number }],
    ['mailbox.limit', { mailbox: { limit: number } }],
    ['init.timeout', { init: { timeout: number } }],
    ['init.retries', { init: { retries: number } }],
    ['version', { version: number }],
  ]

  if (value !== null)
    test.each(options)('is refused as %s of a server', async (_option, given) => {
      const engine = new Engine()
      await expect(engine.start({ name: 'a', callbacks: {}, ...given })).rejects.toThrow(BadOptionError)
      expect(() => engine.declare({ name: 'a', callbacks: {}, ...given })).toThrow(BadOptionError)
      expect(engine.servers()).toEqual([])
    })

  test('is refused as the timeout of a call, whose message does not run', async () => {
    const { clock, server, isUnharmed } = await target()
    await expect(server.call('inc', undefined, { timeout: number })).rejects.toThrow(BadOptionError)
    expect(await server.call('read')).toEqual({ n: 0 })
    await clock.advance(60_000)
    expect(await isUnharmed()).toBe(true)
  })

  test('is refused as the timeout of a stop, which does not begin', async () => {
    const { server, isUnharmed } = await target()
    await expect(server.stop('normal', number)).rejects.toThrow(BadOptionError)
    expect(await isUnharmed()).toBe(true)
  })

  test('is refused as the delay of a timer', async () => {
    const { server } = await target({
      call: { set: (_state: unknown, __: unknown, ctx: Context) => ctx.sendAfter(number, 'tick') },
    })
    await expect(server.call('set')).rejects.toMatchObject({ reason: { code: 'PEEPER_BAD_OPTION' } })
  })
})

test.each([
  ['null', null],
  ['a number', 5],
  ['a string', 'soon'],
  ['an object', {}],
])('a call whose signal is %s is refused, and does not run', async (_, signal) => {
  const { clock, server } = await target()
  await expect(server.call('inc', undefined, { signal: signal as never })).rejects.toThrow(BadOptionError)
  expect(await server.call('read')).toEqual({ n: 0 })
  await clock.advance(60_000) // nothing is left that could time out
})

test('an option that is none is refused by its name, with those there are', () => {
  const slip = { name: 'a', callbacks: {}, maxRestart: 3 } as ServerOptions
  expect(() => new Engine().declare(slip)).toThrow(/option 'maxRestart' of server 'a' is 3.*maxRestarts/)
})

test('a call with null for its options has none', async () => {
  const { server } = await target()
  expect(await server.call('inc', undefined, null as never)).toBe(1)
})

describe('times beyond what a timer of Node can count', () => {
  const LONG = 3_000_000_000

  test('do not fire at once', async () => {
    const armed = jest.spyOn(globalThis, 'setTimeout')
    const engine = new Engine()
    let ticks = 0
    const server = await engine.start({
      name: 'patient',
      state: 0,
      callbacks: {
        call: {
          set: (_state: number, ms: number, ctx: Context) => void ctx.sendAfter(ms, 'tick'),
          hang: () => new Promise(() => undefined),
        },
        info: { tick: () => void (ticks += 1) },
      },
    })
    await server.call('set', LONG)
    await server.call('set', Number.MAX_VALUE)
    await server.call('set', Infinity)
    const hanging = server.call('hang', undefined, { timeout: LONG })
    let isOver = false
    hanging.catch(() => (isOver = true))
    expect(armed.mock.calls.map(([, ms]) => ms).filter(ms => ms === undefined || ms > 2_147_483_647)).toEqual(
      [],
    )
    expect(armed.mock.calls.map(([, ms]) => ms)).toContain(2_147_483_647)
    expect({ ticks, isOver }).toEqual({ ticks: 0, isOver: false })
    armed.mockRestore()
    await new Promise(setImmediate) // the call is in its handler by now
    server.exit('kill')
    await expect(hanging).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    await engine.close()
  })

  test('fire when they are due', async () => {
    let ticks = 0
    const { clock, server } = await target({
      call: { set: (_state: unknown, ms: number, ctx: Context) => void ctx.sendAfter(ms, 'tick') },
      info: { tick: () => void (ticks += 1) },
    })
    await server.call('set', LONG)
    await clock.advance(LONG - 1)
    expect(ticks).toBe(0)
    await clock.advance(1)
    expect(ticks).toBe(1)
  })
})
