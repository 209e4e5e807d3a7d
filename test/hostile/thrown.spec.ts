import { expect, test } from '@jest/globals'
import { type ServerExitedError } from 'nestjs-peeper/engine'
import { target } from '../support/target.js'

const trap = (): never => {
  throw new Error('hands off')
}
const everyTrap = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map(name => [name, trap]))

const thrown: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a string', 'normal'],
  ['a symbol', Symbol('oops')],
  ['a BigInt', 1n],
  ['an object without a prototype', Object.create(null)],
  ['a proxy whose every trap throws', new Proxy({}, everyTrap)],
  ['a function whose every trap throws', new Proxy(() => 1, everyTrap)],
  [
    'an object whose tag throws',
    {
      get [Symbol.toStringTag]() {
        return trap()
      },
    },
  ],
  ['an object that cannot be printed', { toString: trap, toJSON: trap }],
  ['an error whose message throws', Object.defineProperty(new Error(), 'message', { get: trap })],
  ['an error whose message is a symbol', Object.assign(new Error(), { message: Symbol('m') })],
  ['an error whose name throws', Object.defineProperty(new Error(), 'name', { get: trap })],
  ['a frozen error', Object.freeze(new Error('frozen'))],
]

test.each(thrown)('a handler that throws %s is a crash like any other', async (_, value) => {
  const { server, events } = await target({
    call: {
      now: (state: { n: number }) => {
        state.n = 99
        throw value
      },
      later: (state: { n: number }) => {
        state.n = 99
        return Promise.reject(value)
      },
    },
  })
  for (const name of ['now', 'later']) {
    const error = (await server.call(name).catch((reason: unknown) => reason)) as ServerExitedError
    expect(error.code).toBe('PEEPER_SERVER_EXITED')
    expect(await server.call('read')).toEqual({ n: 0 })
  }
  expect(events.filter(({ type }) => type === 'crashed')).toHaveLength(2)
})

test.each(thrown)('exit with %s ends the life and harms nobody else', async (_, value) => {
  const { server } = await target()
  await server.call('inc')
  server.exit(value as Error)
  if (value !== 'normal') await server.call('read')
  expect(server.status()).toMatchObject({ worker: value === 'normal' ? 1 : 2, state: { n: 1 } })
})

test.each(thrown)('an init that throws %s fails the start', async (_, value) => {
  const { engine } = await target()
  const start = engine.start({
    name: 'second',
    init: { retries: 0 },
    callbacks: {
      init: () => {
        throw value
      },
    },
  })
  await expect(start).rejects.toMatchObject({ code: 'PEEPER_INIT_FAILED', server: 'second' })
})

test.each(thrown)(
  'last words, a listener and a subscriber that throw %s are reported and harm nobody',
  async (_, value) => {
    const fail = (): never => {
      throw value
    }
    const { server, events } = await target(
      { terminate: fail, formatStatus: fail },
      {
        listener: [
          { onStateChanged: fail, onTerminate: fail },
          { onStateChanged: () => Promise.reject(value) },
        ],
      },
    )
    server.changes$.subscribe(fail)
    expect(await server.call('inc')).toBe(1)
    server.exit('shutdown')
    expect(await server.call('inc')).toBe(2)
    expect(server.status().state).toBeUndefined()
    const reported = new Set(events.flatMap(event => (event.type === 'error' ? [event.where] : [])))
    expect(reported).toEqual(new Set(['listener', 'subscriber of changes$', 'terminate', 'formatStatus']))
  },
)

test.each(thrown)('an onEvent and a subscriber of events that throw %s harm nobody', async (_, value) => {
  const fail = (): never => {
    throw value
  }
  const { engine, server } = await target({}, { debug: true }, { onEvent: fail })
  engine.events$.subscribe(fail)
  engine.events$.subscribe(() => Promise.reject(value) as never)
  engine.deadLetters$.subscribe(fail)
  server.cast('unknown')
  expect(await server.call('inc')).toBe(1)
})
