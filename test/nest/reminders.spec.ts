import { afterEach, describe, expect, test } from '@jest/globals'
import { Injectable } from '@nestjs/common'
import type { TestingModule } from '@nestjs/testing'
import {
  HandleCall,
  HandleInfo,
  InjectPeeper,
  memoryKeeper,
  Peeper,
  PeeperModule,
  PeeperServer,
  type PeeperClient,
  type PeeperClients,
  type PeeperContext,
  type PeeperModuleOptions,
} from 'nestjs-peeper'
import { simulatedClock } from 'nestjs-peeper/testing'
import { recorder, running } from './boot.js'

interface Bids {
  top: number
  told: unknown[]
}

@PeeperServer({ name: 'lot', keyed: true, state: { top: 0, told: [] }, idle: 1_000 })
class Lot {
  @HandleCall()
  bid(state: Bids, by: number, ctx: PeeperContext): number {
    ctx.remind('ends', { after: 60_000 }, { by })
    return (state.top += by)
  }
  @HandleCall()
  told(state: Bids): unknown[] {
    return state.told
  }
  @HandleInfo('ends')
  protected ends(state: Bids, payload: { by: number }, ctx: PeeperContext): void {
    state.told.push([payload, ctx.reminder, ctx.key])
  }
}

@PeeperServer({ name: 'sweeper', state: { swept: 0 } })
class Sweeper {
  @HandleCall()
  begin(_state: { swept: number }, every: number, ctx: PeeperContext): void {
    ctx.remind('sweep', { every, missed: 'skip' })
  }
  @HandleCall()
  add(state: { swept: number }, n: number): number {
    return (state.swept += n)
  }
  @HandleInfo('sweep')
  protected sweep(state: { swept: number }): void {
    state.swept += 1
  }
}

@Injectable()
class House {
  constructor(
    @InjectPeeper(Lot) readonly lots: PeeperClients<Lot>,
    @InjectPeeper(Sweeper) readonly sweeper: PeeperClient<Sweeper>,
  ) {}
}

describe('reminders and requests in Nest', () => {
  const apps: TestingModule[] = []
  const start = async (options: PeeperModuleOptions): Promise<TestingModule> => {
    const imports = [PeeperModule.forFeature([Lot, Sweeper])]
    const app = await running([Lot, Sweeper, House], { logger: false, ...options }, { imports })
    apps.push(app)
    return app
  }

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
  })

  test('@HandleInfo of a keyed class is told, in memory or not, and after a restart of the application', async () => {
    const [clock, keeper] = [simulatedClock(), memoryKeeper()]
    const first = await start({ clock, keeper })
    const { lots } = first.get(House)
    await lots.for('42').call('bid', 7)
    await clock.advance(2_000)
    expect(lots.resident()).toEqual([])
    await clock.advance(58_000)
    const told = [[{ by: 7 }, { name: 'ends', dueAt: 60_000, missed: 0 }, '42']]
    expect(await lots.for('42').call('told')).toEqual(told)
    await lots.for('43').call('bid', 8)
    await first.close()
    const second = await start({ clock, keeper })
    await clock.advance(62_000)
    expect(second.get(House).lots.resident()).toEqual([])
    const again = await second.get(House).lots.for('43').call('told')
    expect(again).toEqual([[{ by: 8 }, { name: 'ends', dueAt: 120_000, missed: 0 }, '43']])
  })

  test('@HandleInfo of a named class is told', async () => {
    const clock = simulatedClock()
    const { sweeper } = (await start({ clock })).get(House)
    await sweeper.call('begin', 1_000)
    await clock.advance(3_500)
    expect(await sweeper.call('add', 0)).toBe(3)
  })

  test('a call with an id runs once, by whatever client it is sent', async () => {
    const app = await start({ clock: simulatedClock() })
    const { lots, sweeper } = app.get(House)
    const [id, peeper] = ['r1', app.get(Peeper)]
    expect(await sweeper.call('add', 5, { id })).toBe(5)
    expect(await sweeper.call('add', 5, { id })).toBe(5)
    expect(await peeper.call('sweeper', 'add', 5, { id })).toBe(5)
    await expect(peeper.call('sweeper', 'add', 6, { id })).rejects.toMatchObject({
      code: 'PEEPER_REQUEST_MISMATCH',
    })
    expect(await lots.for('a').call('bid', 5, { id })).toBe(5)
    expect(await peeper.clients(Lot).for('a').call('bid', 5, { id })).toBe(5)
    expect(await lots.for('b').call('bid', 6, { id })).toBe(6)
    expect(await sweeper.call('add', 1)).toBe(6)
  })

  test('of two applications on one store one tells; the log of the other has no error', async () => {
    const [clock, keeper] = [simulatedClock(), memoryKeeper()]
    const loggers = [recorder(), recorder()]
    const two = await Promise.all(loggers.map(logger => start({ clock, keeper, logger })))
    const [one, other] = two.map(app => app.get(House).lots.for('42'))
    await one!.call('bid', 7)
    await clock.advance(59_500)
    await Promise.all([one!.call('told'), other!.call('told')])
    await clock.advance(500)
    expect(await one!.call('told')).toHaveLength(1)
    expect(await other!.call('told')).toHaveLength(1)
    const entries = loggers.flatMap(logger => logger.entries)
    expect(entries.filter(({ level }) => level === 'error')).toEqual([])
    expect(entries.filter(({ message }) => message.includes('told by another owner'))).toMatchObject([
      { level: 'debug', message: expect.stringContaining("info 'ends'") },
    ])
  })
})
