import { afterEach, describe, expect, test } from '@jest/globals'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import type { TestingModule } from '@nestjs/testing'
import {
  HandleCall,
  HandleCast,
  InjectPeeper,
  Peeper,
  PeeperListener,
  PeeperModule,
  PeeperServer,
  getPeeperToken,
  type Listener,
  type ListenerMeta,
  type PeeperClient,
  type PeeperClients,
  type PeeperContext,
  type PeeperServerOptions,
} from 'nestjs-peeper'
import { drained, simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { settled } from '../support/settled.js'
import { compiled, failure, recorder, running } from './boot.js'
import { Counter } from './counter.js'

interface LotState {
  top: number
}

@Injectable()
class Prices {
  readonly least = 1
}

@PeeperServer({ name: 'lot', keyed: true, state: { top: 0 }, idle: 1_000, maxResident: 2 })
class Lot {
  constructor(@Inject(Prices) private readonly prices: Prices) {}

  @HandleCall()
  bid(state: LotState, by: number): number {
    state.top += Math.max(by, this.prices.least)
    return state.top
  }
  @HandleCall()
  key(_state: LotState, _payload: undefined, ctx: PeeperContext): string[] {
    return [ctx.name, String(ctx.key)]
  }
  @HandleCast()
  raise(state: LotState): void {
    state.top += 1
  }
}

@PeeperListener(Lot)
class Ear implements Listener<LotState> {
  readonly told: unknown[] = []
  onStateChanged(_: LotState, next: LotState, { server, key }: ListenerMeta): void {
    this.told.push([server, key, next.top])
  }
}

@Injectable()
class Auction {
  constructor(
    @InjectPeeper(Lot) readonly lots: PeeperClients<Lot>,
    @InjectPeeper(Counter) readonly counter: PeeperClient<Counter>,
  ) {}
}

describe('keyed servers in Nest', () => {
  let app: TestingModule
  let clock: SimulatedClock
  const start = async (): Promise<Auction> => {
    clock = simulatedClock()
    const imports = [PeeperModule.forFeature([Lot, Counter])]
    app = await running([Prices, Lot, Counter, Ear, Auction], { logger: false, clock }, { imports })
    return app.get(Auction)
  }

  afterEach(() => app.close())

  test('are not started with the application, but by their first message', async () => {
    const { lots, counter } = await start()
    const peeper = app.get(Peeper)
    expect(lots.resident()).toEqual([])
    expect(
      peeper
        .whichChildren()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['counter', 'lot'])
    expect(await lots.for('42').call('bid', 5)).toBe(5)
    expect(await lots.for('42').call('key')).toEqual(['lot', '42'])
    expect(lots.resident()).toEqual(['42'])
    expect(await counter.call('read')).toBe(0)
  })

  test('go when they are idle and come back with their state', async () => {
    const { lots } = await start()
    await lots.for('42').call('bid', 5)
    await clock.advance(1_000)
    expect(lots.for('42').status()).toMatchObject({ status: 'passive' })
    lots.for('42').cast('raise')
    expect(await lots.for('42').call('bid', 0)).toBe(7)
  })

  test('have a listener for them all, which is told the key', async () => {
    const { lots } = await start()
    await lots.for('a').call('bid', 5)
    await lots.for('b').call('bid', 6)
    await clock.advance(1_000)
    await lots.for('a').call('bid', 1)
    expect(app.get(Ear).told).toEqual([
      ['lot/a', 'a', 5],
      ['lot/b', 'b', 6],
      ['lot/a', 'a', 6],
    ])
  })

  test('are reached by class, by name and by address at run time', async () => {
    const { lots } = await start()
    const peeper = app.get(Peeper)
    await lots.for('42').call('bid', 5)
    expect(await peeper.clients(Lot).for('42').call('bid', 1)).toBe(6)
    expect(await peeper.clients('lot').for('42').call('bid', 1)).toBe(7)
    expect(await peeper.call('lot/42', 'bid', 1)).toBe(8)
    peeper.cast('lot/42', 'raise')
    await drained(lots.for('42'))
    expect(lots.for('42').status()).toMatchObject({ state: { top: 9 } })
    await expect(peeper.call('lot', 'bid', 1)).rejects.toThrow(/keyed/)
    await expect(peeper.start(Lot)).rejects.toThrow(/peeper\.clients/)
    await expect(peeper.start('lot')).rejects.toThrow(/keyed/)
    expect(() => peeper.clients(Counter)).toThrow(/keyed/)
    expect(() => peeper.clients('nobody')).toThrow(/no server 'nobody'/)
  })

  test('stop, forget, keys', async () => {
    const { lots } = await start()
    for (const key of ['a', 'b']) await lots.for(key).call('bid', 5)
    await lots.stop('a')
    expect(lots.resident()).toEqual(['b'])
    await lots.forget('b')
    const keys: string[] = []
    for await (const key of lots.keys()) keys.push(key)
    expect(keys).toEqual(['a'])
    await expect(lots.stop('')).rejects.toMatchObject({ code: 'PEEPER_BAD_KEY' })
    await expect(lots.forget('')).rejects.toMatchObject({ code: 'PEEPER_BAD_KEY' })
    expect(() => lots.for('')).toThrow(/empty/)
  })

  test('are drained when the application closes', async () => {
    const { lots } = await start()
    const ear = app.get(Ear)
    for (const key of ['a', 'b', 'c', 'd']) lots.for(key).cast('raise')
    await app.close()
    expect(ear.told).toHaveLength(4)
    await expect(lots.for('a').call('bid', 1)).rejects.toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
  })

  test('before the application has started a call is rejected, and a cast waits', async () => {
    clock = simulatedClock()
    const asked: Promise<unknown>[] = []
    @Injectable()
    class Early implements OnModuleInit {
      constructor(@InjectPeeper(Lot) private readonly lots: PeeperClients<Lot>) {
        this.lots.for('42').cast('raise')
      }
      onModuleInit(): void {
        asked.push(settled(this.lots.for('42').call('bid', 1)), settled(this.lots.for('43').call('bid', 1)))
      }
    }
    const imports = [PeeperModule.forFeature(Lot)]
    app = await running([Early, Prices, Lot], { logger: false, clock }, { imports })
    expect(await Promise.all(asked)).toMatchObject([
      { code: 'PEEPER_SERVER_NOT_STARTED' },
      { code: 'PEEPER_SERVER_NOT_STARTED' },
    ])
    const lots = app.get<PeeperClients<Lot>>(getPeeperToken(Lot))
    expect(await lots.for('42').call('bid', 1)).toBe(2)
  })
})

describe('the options of keyed servers', () => {
  test.each<[PeeperServerOptions, RegExp]>([
    [{ idle: 5 }, /'idle'.*keyed: true/],
    [{ maxResident: 5, keyed: false }, /'maxResident'.*keyed: true/],
    [{ maxWaiting: 5 }, /'maxWaiting'.*keyed: true/],
    [{ keyed: 'yes' as never }, /'keyed'.*true or false/],
    [{ keyed: true, idle: -1 }, /'idle'/],
    [{ keyed: true, maxResident: 0 }, /'maxResident'/],
  ])('%j are refused', async (options, why) => {
    @PeeperServer(options)
    class Some {
      @HandleCall() read(): number {
        return 1
      }
    }
    const error = await failure(running([Some]))
    expect(error).toMatchObject({ code: 'PEEPER_BAD_OPTION' })
    expect(error.message).toMatch(why)
  })

  test('a class that no module provides is told at the start', async () => {
    const imports = [PeeperModule.forFeature(Lot)]
    const error = await failure(running([], undefined, { imports }))
    expect(error).toMatchObject({ code: 'PEEPER_NOT_PROVIDED' })
  })
})

test('crashes of many keys are one flood in the log', async () => {
  @PeeperServer({ name: 'bomb', keyed: true })
  class Bomb {
    @HandleCall() go(): never {
      throw new Error('boom')
    }
  }
  const logger = recorder()
  const app = await (await compiled([Bomb], { logger })).init()
  const bombs = app.get(Peeper).clients(Bomb)
  for (let i = 0; i < 20; i += 1) await settled(bombs.for(`${i}`).call('go'))
  const crashes = () => logger.entries.filter(({ message }) => message.includes('crashed'))
  expect(crashes()).toHaveLength(5)
  await app.close()
  expect(crashes()).toHaveLength(6)
})
