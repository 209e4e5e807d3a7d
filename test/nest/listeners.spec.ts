import { Injectable } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { describe, expect, test } from '@jest/globals'
import {
  HandleCall,
  Peeper,
  PeeperListener,
  PeeperModule,
  PeeperServer,
  getPeeperToken,
  type ExitReason,
  type Listener,
  type ListenerMeta,
  type PeeperClient,
} from 'nestjs-peeper'
import { settled } from '../support/settled.js'
import { recorder, running } from './boot.js'
import { Counter } from './counter.js'

/** Writes down what it is told. */
class Ear implements Listener<{ n: number }> {
  readonly told: string[] = []

  onStateChanged(old: { n: number }, next: { n: number }, { server, message }: ListenerMeta): void {
    this.told.push(`${server}: ${old.n} → ${next.n} by ${message}`)
  }

  onTerminate(reason: ExitReason, state: { n: number }, { server }: ListenerMeta): void {
    this.told.push(
      `${server}: ends at ${state.n}, ${reason instanceof Error ? reason.message : JSON.stringify(reason)}`,
    )
  }
}

@PeeperListener(Counter)
class CounterEar extends Ear {}

@PeeperListener('counter')
class NamedEar extends Ear {}

@PeeperListener()
class EveryEar extends Ear {}

@Injectable()
class OwnEar extends Ear {}

@PeeperServer({ state: { n: 0 }, listener: [OwnEar, EveryEar] })
class Other {
  @HandleCall() set(state: { n: number }, n: number): void {
    state.n = n
  }
}

describe('listeners', () => {
  test('hear of the servers they are for, once each', async () => {
    const object = new Ear()
    const app = await running([Counter, Other, CounterEar, NamedEar, EveryEar, OwnEar], {
      logger: false,
      listener: [object, EveryEar],
    })
    const peeper = app.get(Peeper)
    await peeper.call('counter', 'inc', 3)
    await peeper.call('counter', 'read')
    await peeper.call('Other', 'set', 7)
    await settled(peeper.call('counter', 'missing', 'x'))
    await peeper.start(Counter, { name: 'second' })
    await peeper.call('second', 'inc')
    const [ofCounter, ofOther, ofSecond] = [
      "counter: 0 → 3 by call 'inc'",
      "Other: 0 → 7 by call 'set'",
      "second: 0 → 1 by call 'inc'",
    ]
    expect(app.get(CounterEar).told).toEqual([ofCounter, ofSecond])
    expect(app.get(NamedEar).told).toEqual([ofCounter])
    expect(app.get(EveryEar).told).toEqual([ofCounter, ofOther, ofSecond])
    expect(app.get(OwnEar).told).toEqual([ofOther])
    expect(object.told).toEqual([ofCounter, ofOther, ofSecond])
    await app.close()
    expect(app.get(NamedEar).told).toEqual([ofCounter, 'counter: ends at 3, "shutdown"'])
  })

  test('hear of a crash with the committed state', async () => {
    const app = await running([Counter, CounterEar])
    await settled(app.get(Peeper).call('counter', 'boom'))
    await app.get(Peeper).call('counter', 'read')
    expect(app.get(CounterEar).told).toEqual(['counter: ends at 0, half-way'])
    await app.close()
  })

  test('for a class hear of the class that stands in for it', async () => {
    class Fake extends Counter {}
    const app = await Test.createTestingModule({
      imports: [PeeperModule.forRoot({ logger: false })],
      providers: [Counter, CounterEar],
    })
      .overrideProvider(Counter)
      .useClass(Fake)
      .compile()
    await app.init()
    await app.get(Peeper).call('counter', 'inc')
    expect(app.get(CounterEar).told).toHaveLength(1)
    await app.close()
  })

  test('that throw, or have no such method, harm nobody', async () => {
    @PeeperListener()
    class Silent {}
    @PeeperListener()
    class Broken {
      onStateChanged(): never {
        throw new Error('deaf')
      }
    }
    const logger = recorder()
    const app = await running([Counter, Silent, Broken, CounterEar], { logger })
    expect(await app.get(Peeper).call('counter', 'inc')).toBe(1)
    expect(app.get(CounterEar).told).toHaveLength(1)
    expect(logger.entries.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^listener of 'counter' failed: Error: deaf/),
    ])
    await app.close()
  })

  test('for an undefined class are a circular import, not listeners of all', () => {
    expect(() => PeeperListener(undefined)).toThrow(/two files import each other/)
  })
})

test('changes$ goes on after a subscriber that throws, also through a pipe', async () => {
  const app = await running([Counter], undefined, { imports: [PeeperModule.forFeature([Counter])] })
  const counter = app.get<PeeperClient<Counter>>(getPeeperToken(Counter))
  const seen: number[] = []
  counter.changes$.subscribe(() => {
    throw new Error('a subscriber')
  })
  counter.changes$.subscribe(({ n }) => seen.push(n))
  await counter.call('inc')
  await counter.call('inc')
  await settled(counter.call('boom'))
  await counter.call('inc')
  expect(seen).toEqual([1, 2, 3])
  await app.close()
})

test("without a logger of its own it writes to Nest's", async () => {
  const logger = recorder()
  const app = await Test.createTestingModule({ imports: [PeeperModule.forRoot()], providers: [Counter] })
    .setLogger(logger)
    .compile()
  await app.init()
  await settled(app.get(Peeper).call('counter', 'boom'))
  await app.get(Peeper).call('counter', 'read')
  const ours = logger.entries.filter(({ rest }) => rest.at(-1) === 'Peeper')
  expect(ours).toEqual([
    {
      level: 'error',
      message: expect.stringMatching(/crashed in call 'boom'/),
      rest: [expect.any(String), 'Peeper'],
    },
  ])
  await app.close()
})
