import { describe, expect, test } from '@jest/globals'
import {
  noreply,
  reply,
  type Callbacks,
  type Context,
  type Family,
  type FamilyOptions,
} from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { Lives } from '../support/lives.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const PASSIVATED = '{"shutdown":"passivated"}'

describe.each(combinations)('a keyed server that is idle ($name)', combination => {
  const suite = conformance(combination)
  const lotsOf = (callbacks: Callbacks, options: Partial<FamilyOptions> = {}): Family =>
    suite.engine.family({ name: 'lot', state: 0, callbacks, idle: 1_000, ...options })

  const counter: Callbacks = {
    call: {
      read: (n: number) => n,
      after: (_: number, ms: number, ctx: Context) => ctx.sendAfter(ms, 'tick'),
      unknownAfter: (_: number, ms: number, ctx: Context) => ctx.sendAfter(ms, 'nobody takes this'),
      cancel: (_: number, timer: never, ctx: Context) => {
        ctx.cancelTimer(timer)
      },
      timeout: (_: number, timeout: number) => noreply({ timeout }),
    },
    cast: {
      add: (n: number, by: number) => noreply({ state: n + by }),
      idle: (_: number, timeout: number) => noreply({ timeout }),
    },
    info: {
      tick: (n: number) => noreply({ state: n + 1 }),
      timeout: (n: number) => noreply({ state: n + 10 }),
    },
  }

  test('leaves memory after `idle` ms, terminated with a reason of its own, and comes back with its state', async () => {
    const lives = new Lives()
    const lots = lotsOf(lives.of(counter))
    lots.for('42').cast('add', 7)
    await drained(lots.for('42'))
    await suite.clock.advance(999)
    expect(lots.resident()).toEqual(['42'])
    await suite.clock.advance(1)
    expect(lots.resident()).toEqual([])
    expect(lives.log).toEqual(['+42', `-42 ${PASSIVATED}`])
    expect(suite.past('passivated')).toEqual([{ type: 'passivated', server: 'lot/42', worker: 1 }])
    expect(suite.past('stopped')).toEqual([])
    expect(await lots.for('42').call('read')).toBe(7)
    expect(lots.for('42').status()).toMatchObject({ worker: 1, revision: 1 })
  })

  test('init is told that it is brought back: it gets the kept state, and what it returns does not count', async () => {
    const got: unknown[] = []
    const init = (arg: unknown, { key }: Context): number => {
      got.push([key, typeof arg === 'object' ? { ...arg } : arg])
      return 5
    }
    const lots = lotsOf({ ...counter, init }, { state: { seed: 1 } })
    lots.for('42').cast('add', 2)
    await drained(lots.for('42'))
    await suite.clock.advance(1_000)
    expect(await lots.for('42').call('read')).toBe(7)
    expect(got).toEqual([
      ['42', { seed: 1 }],
      ['42', 7],
    ])
  })

  test('its idle time begins anew with each message', async () => {
    const lots = lotsOf(counter)
    for (let i = 0; i < 5; i += 1) {
      await lots.for('42').call('read')
      await suite.clock.advance(900)
    }
    expect(suite.past('passivated')).toEqual([])
    await suite.clock.advance(100)
    expect(suite.past('passivated')).toHaveLength(1)
  })

  test('stays for ever with { idle: Infinity }', async () => {
    const lots = lotsOf(counter, { idle: Infinity })
    await lots.for('42').call('read')
    await suite.clock.advance(1e12)
    expect(lots.resident()).toEqual(['42'])
  })

  test('one that handles a message is not idle', async () => {
    const { opened, open } = latch()
    const lots = lotsOf({ call: { slow: async () => opened } })
    const asked = lots.for('42').call('slow', undefined, { timeout: Infinity })
    await suite.clock.advance(5_000)
    expect(lots.resident()).toEqual(['42'])
    open()
    await asked
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
  })

  test('one with a timer of its own is not idle, until that has fired or is cancelled', async () => {
    const lots = lotsOf(counter)
    await lots.for('fires').call('after', 5_000)
    await lots.for('nobody').call('unknownAfter', 5_000)
    const timer = await lots.for('cancels').call('after', 5_000)
    await suite.clock.advance(2_000)
    expect(lots.resident().sort()).toEqual(['cancels', 'fires', 'nobody'])
    await lots.for('cancels').call('cancel', timer)
    await suite.clock.advance(1_000)
    expect(lots.resident().sort()).toEqual(['fires', 'nobody'])
    await suite.clock.advance(2_999)
    expect(lots.resident().sort()).toEqual(['fires', 'nobody'])
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
    expect(await lots.for('fires').call('read')).toBe(1)
  })

  test('a timer that is set or cancelled when the handler has returned counts at once', async () => {
    const [set, cancel] = [latch(), latch()]
    const lots = lotsOf({
      call: {
        later: (_: number, __: unknown, ctx: Context) => {
          void set.opened
            .then(() => ctx.sendAfter(50_000, 'tick'))
            .then(async timer => {
              await cancel.opened
              ctx.cancelTimer(timer)
            })
        },
      },
    })
    await lots.for('42').call('later')
    await suite.clock.advance(500)
    set.open()
    await suite.clock.advance(5_000)
    expect(lots.resident()).toEqual(['42'])
    cancel.open()
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
  })

  test('an idle timeout that nobody takes keeps nobody here', async () => {
    const lots = lotsOf({ call: { wait: () => reply(1, { timeout: 3_000 }) } })
    await lots.for('42').call('wait')
    await suite.clock.advance(3_999)
    expect(lots.resident()).toEqual(['42'])
    await suite.clock.advance(1)
    expect(lots.resident()).toEqual([])
  })

  test('one that waits for its own idle timeout is not idle', async () => {
    const lots = lotsOf(counter)
    lots.for('42').cast('idle', 3_000)
    await suite.clock.advance(2_999)
    expect(lots.resident()).toEqual(['42'])
    await suite.clock.advance(1_001)
    expect(lots.resident()).toEqual([])
    expect(await lots.for('42').call('read')).toBe(10)
  })

  test('one that owes a deferred reply is not idle, until it is given or its caller gives up', async () => {
    const from = latch<never>()
    const lots = lotsOf({
      call: {
        // The two run in either order: only the one to be answered gives its caller away.
        wait: (_: number, toBeAnswered: boolean, ctx: Context) => {
          if (toBeAnswered) from.open(ctx.from as never)
          return noreply()
        },
      },
    })
    await suite.start({
      name: 'clerk',
      callbacks: {
        cast: {
          answer: (_: unknown, to: never, ctx: Context) => {
            ctx.reply(to, 'sold')
          },
        },
      },
    })
    const answered = lots.for('answered').call('wait', true, { timeout: Infinity })
    const given = lots
      .for('given up')
      .call('wait', false, { timeout: 3_000 })
      .catch(() => 'late')
    await suite.clock.advance(2_000)
    expect(lots.resident().sort()).toEqual(['answered', 'given up'])
    suite.engine.cast('clerk', 'answer', await from.opened)
    expect(await answered).toBe('sold')
    await suite.clock.advance(999)
    expect(lots.resident().sort()).toEqual(['answered', 'given up'])
    await suite.clock.advance(1)
    expect(lots.resident()).toEqual(['given up'])
    expect(await given).toBe('late')
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
  })

  test('one whose commit is on its way is not idle', async () => {
    const lots = lotsOf(counter)
    await lots.for('42').call('read')
    const release = suite.store.hold()
    lots.for('42').cast('add', 1)
    await suite.clock.advance(5_000)
    expect(lots.resident()).toEqual(['42'])
    lots.for('42').cast('add', 1)
    await suite.clock.advance(5_000)
    expect(suite.past('passivated')).toEqual([])
    expect(lots.for('42').status()).toMatchObject({ status: 'running' })
    release()
    await drained(lots.for('42'))
    await suite.clock.advance(999)
    expect(lots.resident()).toEqual(['42'])
    await suite.clock.advance(1)
    expect(lots.resident()).toEqual([])
  })

  test('messages that come while it goes wait for its next life: none is lost, and there is one worker at a time', async () => {
    const { opened, open } = latch()
    const lives = new Lives()
    lives.last = () => opened
    const lots = lotsOf(lives.of(counter))
    lots.for('42').cast('add', 1)
    await drained(lots.for('42'))
    await suite.clock.advance(1_000)
    expect(lots.for('42').status()).toMatchObject({ status: 'stopping', worker: 1 })
    for (let i = 0; i < 100; i += 1) lots.for('42').cast('add', 1)
    const asked = lots.for('42').call('read')
    await suite.clock.advance(100)
    expect(lives.log).toEqual(['+42'])
    open()
    expect(await asked).toBe(101)
    expect(lives.log).toEqual(['+42', `-42 ${PASSIVATED}`, '+42'])
    expect(lives.most).toBe(1)
    expect(lots.for('42').status()).toMatchObject({ status: 'running', worker: 2 })
  })

  test('what is sent in the very turn in which it goes is served', async () => {
    const lots = lotsOf(counter)
    const asked: Promise<unknown>[] = []
    suite.engine.events$.subscribe(({ type }) => {
      if (type === 'passivated') asked.push(lots.for('42').call('read'))
    })
    for (let i = 0; i < 3; i += 1) {
      lots.for('42').cast('add', 1)
      await drained(lots.for('42'))
      await suite.clock.advance(1_000)
    }
    expect(await Promise.all(asked)).toEqual([1, 2, 3])
  })

  test('one life alone: what is sent to it when it has gone fails', async () => {
    const lots = lotsOf(counter)
    await lots.for('42').call('read')
    const worker = lots.for('42').worker()
    expect(await worker.call('read')).toBe(0)
    await suite.clock.advance(1_000)
    await lots.for('42').call('read')
    await expect(worker.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
  })

  test('changes$ and events$ of a key go on while it comes and goes, and wake nobody', async () => {
    const lots = lotsOf(counter)
    const [changes, events]: unknown[][] = [[], []]
    const subscriptions = [
      lots.for('42').changes$.subscribe(state => changes?.push(state)),
      lots.for('42').events$.subscribe(({ type }) => events?.push(type)),
    ]
    await suite.clock.advance(0)
    expect(suite.past('started')).toEqual([])
    for (let i = 0; i < 2; i += 1) {
      lots.for('42').cast('add', 1)
      lots.for('43').cast('add', 5)
      await drained(lots.for('42'))
      await suite.clock.advance(1_000)
    }
    expect(changes).toEqual([1, 2])
    expect(events).toEqual(['started', 'passivated', 'started', 'passivated'])
    for (const subscription of subscriptions) subscription.unsubscribe()
    lots.for('42').cast('add', 1)
    await drained(lots.for('42'))
    const late: unknown[] = []
    lots.for('42').changes$.subscribe(state => late.push(state))
    lots.for('42').cast('add', 1)
    await drained(lots.for('42'))
    expect(changes).toEqual([1, 2])
    expect(late).toEqual([4])
  })

  test('a subscriber of changes$ that throws is reported and harms nobody', async () => {
    const lots = lotsOf(counter)
    lots.for('42').changes$.subscribe(() => {
      throw new Error('subscriber')
    })
    lots.for('42').cast('add', 1)
    await drained(lots.for('42'))
    expect(suite.past('error')).toMatchObject([{ server: 'lot/42', where: 'subscriber of changes$' }])
  })

  test('a life that crashes while it is idle keeps its place, and goes all the same', async () => {
    const lots = lotsOf(counter)
    await lots.for('42').call('read')
    lots.for('42').exit('kill')
    await suite.clock.advance(500)
    expect(lots.for('42').status()).toMatchObject({ status: 'running', worker: 2 })
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
  })

  test('one that has ended by itself while it was idle has gone for good', async () => {
    const lots = lotsOf(counter, { restart: 'transient' })
    await lots.for('42').call('read')
    lots.for('42').exit('shutdown')
    await suite.clock.advance(5_000)
    expect(suite.past('started')).toHaveLength(1)
    expect(suite.past('passivated')).toEqual([])
    expect(lots.resident()).toEqual([])
  })
})
