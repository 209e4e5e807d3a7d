import { afterEach, describe, expect, test } from '@jest/globals'
import { Engine, type ExitReason, noreply, type Restart, type Server, stop } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { settled } from '../support/settled.js'

const error = new Error('it broke')
const reasons = {
  normal: 'normal',
  shutdown: 'shutdown',
  '{ shutdown }': { shutdown: 'moved' },
  kill: 'kill',
  error,
} satisfies Record<string, ExitReason>

// OTP's table, written out: restart type, exit reason, is it restarted?
const table: [Restart, keyof typeof reasons, boolean][] = [
  ['permanent', 'normal', true],
  ['permanent', 'shutdown', true],
  ['permanent', '{ shutdown }', true],
  ['permanent', 'kill', true],
  ['permanent', 'error', true],
  ['transient', 'normal', false],
  ['transient', 'shutdown', false],
  ['transient', '{ shutdown }', false],
  ['transient', 'kill', true],
  ['transient', 'error', true],
  ['temporary', 'normal', false],
  ['temporary', 'shutdown', false],
  ['temporary', '{ shutdown }', false],
  ['temporary', 'kill', false],
  ['temporary', 'error', false],
]
const crashes = ['kill', 'error']

const clock = simulatedClock()
let engine: Engine
let chronicle: Chronicle
let said: string[]

const begin = async (restart: Restart): Promise<Server> => {
  said = []
  engine = new Engine({ clock })
  chronicle = new Chronicle(engine.events$)
  return engine.start({
    name: 'one',
    state: 7,
    restart,
    callbacks: {
      call: {
        read: (n: number) => n,
        leave: (_: number, reason: ExitReason) => stop(reason),
        answerAndLeave: (n: number, reason: ExitReason) => stop(reason, { reply: n, state: n + 1 }),
        fail: () => {
          throw error
        },
        hang: () => new Promise(() => undefined),
        wait: () => noreply(),
      },
      terminate: () => {
        said.push('terminate')
      },
    },
    listener: { onTerminate: () => said.push('told') },
  })
}

/** What the table promises, once the life of `server` has ended by `reason` with a call in flight and one queued behind it. */
const check = async (
  server: Server,
  [kind, restarted]: [keyof typeof reasons, boolean],
  inFlight: Promise<unknown>,
  queued: Promise<unknown>,
): Promise<void> => {
  const reason = reasons[kind]
  const crashed = crashes.includes(kind)
  expect(await settled(inFlight)).toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason })
  if (restarted) expect(await settled(queued)).toEqual({ value: 7 })
  else expect(await settled(queued)).toMatchObject({ code: 'PEEPER_SERVER_STOPPED', reason })
  expect(server.status()).toMatchObject({
    status: restarted ? 'running' : 'stopped',
    worker: restarted ? 2 : 1,
  })
  expect(chronicle.types('one')).toEqual([
    'started',
    crashed ? 'crashed' : 'exited',
    restarted ? 'started' : 'stopped',
  ])
  expect(chronicle.events[1]).toMatchObject({ worker: 1, reason })
  expect(said).toEqual(kind === 'kill' ? ['told'] : ['terminate', 'told'])
  const later = await settled(server.call('read'))
  if (restarted) expect(later).toEqual({ value: 7 })
  else expect(later).toMatchObject({ code: 'PEEPER_SERVER_STOPPED', reason })
}

afterEach(() => engine.close())

describe.each(table)('a %s server that ends by %s', (restart, kind, restarted) => {
  const reason = reasons[kind]
  const name = restarted ? 'restarts' : 'stays stopped'

  test(`by the outcome stop: ${name}`, async () => {
    const server = await begin(restart)
    await check(server, [kind, restarted], server.call('leave', reason), server.call('read'))
  })

  test(`by the outcome stop with a reply: its caller is answered, its state kept, and it ${name}`, async () => {
    const server = await begin(restart)
    const [answer, queued] = [server.call('answerAndLeave', reason), settled(server.call('read'))]
    await expect(answer).resolves.toBe(7)
    expect(await queued).toMatchObject(restarted ? { value: 8 } : { code: 'PEEPER_SERVER_STOPPED', reason })
    expect(server.status()).toMatchObject({
      status: restarted ? 'running' : 'stopped',
      state: 8,
      revision: 2,
    })
  })

  if (kind !== 'normal')
    test(`by exit in the middle of a handler: ${name}`, async () => {
      const server = await begin(restart)
      const [inFlight, queued] = [server.call('hang', undefined, { timeout: Infinity }), server.call('read')]
      await clock.advance(0)
      server.exit(reason)
      await check(server, [kind, restarted], inFlight, queued)
      expect(chronicle.events[1]).toMatchObject(crashes.includes(kind) ? { message: "call 'hang'" } : {})
    })

  test('rejects who waits for a deferred reply', async () => {
    const server = await begin(restart)
    const waiting = server.call('wait')
    const leaving = settled(server.call('leave', reason))
    expect(await settled(waiting)).toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason })
    await leaving
  })
})

describe.each<[Restart, boolean]>([
  ['permanent', true],
  ['transient', true],
  ['temporary', false],
])('a %s server', (restart, restarted) => {
  test(`that throws ${restarted ? 'restarts' : 'stays stopped'}`, async () => {
    const server = await begin(restart)
    await check(server, ['error', restarted], server.call('fail'), server.call('read'))
  })

  test("does nothing at exit('normal')", async () => {
    const server = await begin(restart)
    server.exit('normal')
    await clock.advance(0)
    await expect(server.call('read')).resolves.toBe(7)
    expect(server.status()).toMatchObject({ status: 'running', worker: 1 })
  })

  test('ends for good by stop of its client, whatever the reason', async () => {
    const server = await begin(restart)
    const queued = server.call('read')
    await server.stop(error)
    await expect(queued).resolves.toBe(7)
    expect(server.status()).toMatchObject({ status: 'stopped', worker: 1 })
    expect(await settled(server.call('read'))).toMatchObject({ code: 'PEEPER_SERVER_STOPPED', reason: error })
    expect(said).toEqual(['terminate', 'told'])
  })

  test.each<[string, (server: Server) => unknown]>([
    ['it ended itself', server => settled(server.call('leave', 'normal'))],
    ['it was stopped', server => server.stop()],
    ['it was killed', server => (server.exit('kill'), clock.advance(0))],
  ])('is brought back by start with its state after %s', async (_, leave) => {
    const server = await begin(restart)
    await leave(server)
    await clock.advance(0)
    if (server.status().status === 'stopped') expect(await engine.start('one')).toBe(server)
    await expect(server.call('read')).resolves.toBe(7)
    expect(server.status()).toMatchObject({ status: 'running', worker: 2 })
  })
})
