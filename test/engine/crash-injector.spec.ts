import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Context, type CrashPoint, Engine, reply, type Server } from 'nestjs-peeper/engine'
import { type Crashes, crashInjector, drained, simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { settled } from '../support/settled.js'

const clock = simulatedClock()
let engine: Engine
let chronicle: Chronicle
let crashes: Crashes
let server: Server
let done: string[]

beforeEach(async () => {
  done = []
  crashes = crashInjector()
  engine = new Engine({ clock, injectCrash: crashes.inject })
  chronicle = new Chronicle(engine.events$)
  server = await engine.start({
    name: 'one',
    state: { n: 0 },
    listener: { onStateChanged: () => done.push('told') },
    callbacks: {
      call: {
        inc: (state: { n: number }, _: unknown, ctx: Context) => {
          done.push('ran')
          ctx.afterCommit(() => done.push('effect'))
          state.n += 1
          return reply(state.n)
        },
        read: ({ n }: { n: number }) => n,
      },
      cast: {
        add: (state: { n: number }) => {
          state.n += 1
        },
      },
    },
  })
})
afterEach(() => engine.close())

describe.each<[CrashPoint, string[], number]>([
  ['before-handling', [], 0],
  ['before-commit', ['ran'], 0],
  ['before-reply', ['ran', 'effect', 'told'], 1],
])('a crash %s', (point, happened, kept) => {
  test('rejects its caller, once, with the ordered error, and what was not committed never happened', async () => {
    crashes.next('one', point)
    const [first, second] = [server.call('inc'), server.call('read')]
    const reason = { message: `an injected crash ${point.replace('-', ' ')}` }
    expect(await settled(first)).toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason })
    expect(await settled(second)).toEqual({ value: kept })
    expect(done).toEqual(happened)
    expect(server.status()).toMatchObject({ worker: 2, state: { n: kept }, revision: kept + 1 })
    expect(chronicle.of('crashed')).toMatchObject([{ message: "call 'inc'", reason }])
    expect(crashes.pending).toBe(0)
    await expect(server.call('inc')).resolves.toBe(kept + 1)
  })

  test('of a cast loses or keeps its change alike', async () => {
    crashes.next('one', point)
    server.cast('add')
    await drained(server)
    expect(server.status()).toMatchObject({ worker: 2, state: { n: kept } })
  })

  test('strikes the named message of the named server alone, and as often as ordered', async () => {
    const error = new Error('mine')
    crashes.next('other', point)
    crashes.next('one', point, 'inc', error)
    crashes.next('one', point, 'inc', error)
    await expect(server.call('read')).resolves.toBe(0)
    for (let n = 0; n < 2; n += 1) await expect(server.call('inc')).rejects.toMatchObject({ reason: error })
    await expect(server.call('inc')).resolves.toBe(2 * kept + 1)
    expect(crashes.pending).toBe(1)
  })
})
