import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { INestApplicationContext } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { getPeeperToken, Peeper, PeeperModule, type PeeperClient, type PeeperClients } from 'nestjs-peeper'
import { filter, firstValueFrom } from 'rxjs'
import { here, Pricing, Quote, Stock } from './pricing.module.js'
import { pricing } from './pricing.worker.js'

const patient = { timeout: 60_000 }
const forEver = { timeout: Infinity }

describe('an isolated class of a Nest application', () => {
  let app: INestApplicationContext
  let prices: PeeperClient<Pricing>
  let quotes: PeeperClients<Quote>

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [
        PeeperModule.forRoot({
          isolation: { entry: pricing, spares: 0 },
          init: { timeout: 60_000 },
          logger: false,
        }),
        PeeperModule.forFeature([Pricing, Quote]),
      ],
      providers: [Stock],
    }).compile()
    app = await module.init()
    prices = app.get(getPeeperToken(Pricing))
    quotes = app.get(getPeeperToken(Quote))
  })
  afterEach(() => app.close())

  test('runs where its module is booted, with what that provides: the main side needs none of it', async () => {
    expect(await prices.call('price', 10)).toBe(12)
    prices.cast('note')
    await prices.drained()
    expect(prices.status().state).toEqual({ asked: 101 })
    const [pid, thread] = await prices.call('where')
    expect(pid).toBe(process.pid)
    expect(thread).not.toBe(here()[1])
  })

  test('keyed ones too, in processes', async () => {
    expect(await quotes.for('x').call('quote', 1, patient)).toEqual([1])
    expect(await quotes.for('x').call('quote', 2, patient)).toEqual([1, 2])
    expect((await quotes.for('y').call('where', undefined, patient))[0]).not.toBe(process.pid)
  })

  test('reaches servers of the main side and of other workers, by clients and by the facade', async () => {
    expect(await prices.call('buy', 3)).toBe(7)
    expect(await prices.call('others', undefined, patient)).toEqual([here(), [5], here()])
  })

  test('is refused by others as any caller, and refuses itself', async () => {
    await expect(prices.call('buy', 11)).rejects.toMatchObject({ message: 'sold out', status: 409 })
    await expect(prices.call('refuse')).rejects.toMatchObject({ message: 'no price', status: 422 })
    expect(await prices.call('price', 10)).toBe(12)
  })

  test('says so when it asks for what the main side alone has', async () => {
    expect(await prices.call('mainSideOnly')).toEqual([
      'PEEPER_MAIN_SIDE_ONLY',
      'PEEPER_MAIN_SIDE_ONLY',
      'PEEPER_MAIN_SIDE_ONLY',
    ])
  })

  test('is told at once of what cannot be sent; an exit to nobody harms nobody', async () => {
    const [told] = await Promise.all([
      firstValueFrom(app.get(Peeper).events$.pipe(filter(({ type }) => type === 'error'))),
      expect(prices.call('misuse')).resolves.toEqual([
        'PEEPER_BAD_OPTION',
        'PEEPER_BAD_OPTION',
        'PEEPER_NOT_DATA',
        'all is well',
      ]),
    ])
    expect(told).toMatchObject({ error: { code: 'PEEPER_NO_SUCH_SERVER' } })
  })

  test('comes back after process.exit() with its state, and the application has gone on', async () => {
    await prices.call('price', 10)
    const stock = app.get(Peeper)
    const exits = prices.call('exit', undefined, forEver)
    expect(await stock.call('stock', 'take', 1)).toBe(9)
    await expect(exits).rejects.toMatchObject({ reason: { code: 'PEEPER_WORKER_LOST' } })
    expect(await prices.call('price', 20, patient)).toBe(24)
    expect(prices.status()).toMatchObject({ worker: 2, state: { asked: 2 } })
  })

  test('may be started under another name', async () => {
    const second = await app.get(Peeper).start(Pricing, { name: 'second', state: { asked: 5 } })
    expect(await second.call('price', 10)).toBe(12)
    expect(second.status().state).toEqual({ asked: 6 })
  })

  test('is served, and serves by asking others, what was accepted before the application closes', async () => {
    const bought = [1, 2, 3].map(count => prices.call('buy', count, forEver))
    await app.close()
    expect(await Promise.all(bought)).toEqual([9, 7, 4])
  })

  test('its module is closed with the application', async () => {
    const diary = join(mkdtempSync(join(tmpdir(), 'peeper-')), 'diary')
    await prices.call('keepDiary', diary)
    await app.close()
    expect(readFileSync(diary, 'utf8')).toBe('closed\n')
  })
})
