import { describe, expect, test } from '@jest/globals'
import { HandleCall, HandleCast, Init, Peeper, PeeperServer, type PeeperModuleOptions } from 'nestjs-peeper'
import { simulatedClock } from 'nestjs-peeper/testing'
import { recorder, running, type Entry } from './boot.js'
import { Counter } from './counter.js'
import { memoryKeeper } from 'nestjs-peeper/engine'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { settled } from '../support/settled.js'

const logged = async (options: PeeperModuleOptions = {}) => {
  const [clock, logger] = [simulatedClock(), recorder()]
  const app = await running([Counter], { clock, logger, ...options })
  const crash = async (times: number, secret?: string) => {
    for (let i = 0; i < times; i += 1) await settled(app.get(Peeper).call('counter', 'boom', secret))
    await settled(app.get(Peeper).call('counter', 'read')) // answered by the next life
  }
  // These tests run without shutdown hooks, of which another test tells.
  const entries = (): Entry[] => logger.entries.filter(({ message }) => !message.startsWith('Shutdown hooks'))
  return { app, clock, crash, entries }
}

describe('the log of crashes', () => {
  test('has one entry for one crash: server, worker, message, reason with stack, restarts left', async () => {
    const { app, crash, entries } = await logged({ maxRestarts: 10 })
    await crash(1)
    expect(entries()).toEqual([
      {
        level: 'error',
        message:
          "'counter' worker 1 crashed in call 'boom': Error: half-way. Its committed state is kept; 9 restarts left.",
        rest: [expect.stringMatching(/^Error: half-way\n\s+at Counter.boom/), 'Peeper'],
      },
    ])
    await app.close()
  })

  test('never shows a payload or a state', async () => {
    const { app, crash, entries } = await logged()
    await app.get(Peeper).call('counter', 'incAndAudit', 'state-secret')
    await crash(8, 'payload-secret')
    await app.close()
    const all = JSON.stringify(entries())
    expect(entries().length).toBeGreaterThan(0)
    expect(all).not.toMatch(/state-secret|payload-secret/)
  })

  test('shows the causes of the reason', async () => {
    const { app, entries } = await logged()
    app.get(Peeper).exit('counter', new Error('outer', { cause: new Error('inner') }))
    await app.get(Peeper).call('counter', 'read')
    expect(entries()[0]?.message).toMatch(/crashed while idle: Error: outer/)
    expect(entries()[0]?.rest[0]).toMatch(/^Error: outer[^]*caused by: Error: inner\n/)
    await app.close()
  })

  test('says once that a store is away, and once that it is back', async () => {
    const store = controlledKeeper(memoryKeeper())
    const { app, clock, entries } = await logged({ keeper: store.keeper })
    store.failLoads = new Error('no route to it')
    app.get(Peeper).exit('counter', 'kill')
    await clock.advance(60_000)
    expect(app.get(Peeper).health()).toEqual({ healthy: false, down: [], waiting: ['counter'] })
    const told = entries().filter(({ message }) => !message.includes('crashed'))
    expect(told).toMatchObject([
      {
        level: 'error',
        message: expect.stringContaining("the store of 'counter' is away: Error: no route to it"),
      },
    ])
    store.failLoads = undefined
    await clock.advance(5_000)
    await app.close()
    expect(entries().slice(-1)).toMatchObject([{ level: 'log', message: "the store of 'counter' is back." }])
    expect(entries()).toHaveLength(3)
  })

  test('sums up a storm: five entries, then one every ten seconds while it lasts', async () => {
    const { app, clock, crash, entries } = await logged()
    await crash(100)
    expect(entries()).toHaveLength(5)
    await clock.advance(10_000)
    expect(entries()).toHaveLength(6)
    expect(entries()[5]?.message).toMatch(
      /^'counter' crashed 95 more times. The last: 'counter' worker 100 crashed/,
    )
    await crash(3)
    await clock.advance(10_000)
    expect(entries()).toHaveLength(7)
    expect(entries()[6]?.message).toMatch(/crashed 3 more times/)
    await clock.advance(10_000)
    await crash(1)
    expect(entries()).toHaveLength(8)
    expect(entries()[7]?.message).toMatch(/worker 104 crashed in call/)
    await app.close()
    expect(entries()).toHaveLength(8)
  })

  test('counts slow crashes one by one', async () => {
    const { app, clock, crash, entries } = await logged()
    for (let i = 0; i < 4; i += 1) {
      await crash(3)
      await clock.advance(10_000)
    }
    expect(entries()).toHaveLength(12)
    await app.close()
  })

  test('tells at the close what it held back', async () => {
    const { app, crash, entries } = await logged()
    await crash(7)
    await app.close()
    expect(entries()).toHaveLength(6)
    expect(entries()[5]?.message).toMatch(/crashed 2 more times/)
  })

  test('is written at the level that was asked for', async () => {
    const { app, crash, entries } = await logged({ logLevel: 'warn' })
    await crash(1)
    expect(entries()).toEqual([
      { level: 'warn', message: expect.stringMatching(/crashed[^]*\nError: half-way/), rest: ['Peeper'] },
    ])
    await app.close()
  })

  test('may be silent', async () => {
    const { app, crash, entries } = await logged({ logger: false })
    await crash(1)
    expect(entries()).toEqual([])
    await app.close()
  })

  test('of a logger that throws harms nobody', async () => {
    const logger = recorder()
    logger.error = () => {
      throw new Error('the disk is full')
    }
    const { app, crash } = await logged({ logger })
    await crash(2)
    expect(await app.get(Peeper).call('counter', 'inc')).toBe(1)
    await app.close()
  })

  test('tells of a server that is down', async () => {
    const { app, crash, entries } = await logged({ maxRestarts: 0 })
    await crash(1)
    await expect(app.get(Peeper).call('counter', 'read')).rejects.toMatchObject({
      code: 'PEEPER_SERVER_DOWN',
    })
    expect(entries().map(({ level, message }) => [level, message.slice(0, 23)])).toEqual([
      ['error', "'counter' worker 1 cras"],
      ['error', "'counter' is down: Rest"],
    ])
    await app.close()
  })

  test('tells of errors that harm nobody, whatever was thrown', async () => {
    const { app, entries } = await logged()
    const peeper = app.get(Peeper)
    for (const thrown of [new Error('of a listener'), 'a word', undefined, null])
      peeper.whereis('counter')?.changes$.subscribe(() => {
        throw thrown
      })
    await peeper.call('counter', 'inc')
    expect(entries().map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^error subscriber of changes\$ of 'counter' failed: Error: of a listener/),
      expect.stringMatching(/thrown: a word/),
      expect.stringMatching(/thrown: undefined/),
      expect.stringMatching(/thrown: null/),
    ])
    await app.close()
  })

  test('tells of an overload once, and of the rest in sum', async () => {
    const { app, clock, entries } = await logged({ mailbox: { limit: 2 } })
    const peeper = app.get(Peeper)
    for (let i = 0; i < 10; i += 1) peeper.cast('counter', 'add', 1)
    expect(entries()).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(/the mailbox of 'counter' is full \(2\)/),
        rest: ['Peeper'],
      },
    ])
    await clock.advance(10_000)
    expect(entries()[1]?.message).toMatch(/7 times more/)
    await app.close()
  })

  test('tells of each try of init, and traces a server with debug', async () => {
    const [clock, logger] = [simulatedClock(), recorder()]
    let tries = 0
    @PeeperServer({ debug: true })
    class Slow {
      @Init() protected init() {
        tries += 1
        if (tries < 3) throw new Error(`try ${tries}`)
      }
      @HandleCall() ping(): string {
        return 'pong'
      }
      @HandleCast() note() {}
    }
    const starting = running([Slow], { clock, logger })
    let started = false
    void starting.then(() => (started = true))
    while (!started) await clock.advance(1_000)
    const app = await starting
    await app.get(Peeper).call('Slow', 'ping')
    expect(logger.entries.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^warn init of 'Slow' failed, try 1: Error: try 1. Next try in \d+ ms./),
      expect.stringMatching(/^warn init of 'Slow' failed, try 2/),
      expect.stringMatching(/^debug 'Slow' worker 1: call 'ping' → reply/),
    ])
    await app.close()
  })
})
