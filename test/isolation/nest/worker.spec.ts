import { afterEach, describe, expect, test } from '@jest/globals'
import type { INestApplicationContext } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { getPeeperToken, PeeperModule, type PeeperClient } from 'nestjs-peeper'
import { broken } from './broken.worker.js'
import { noModule } from './no-module.worker.js'
import { Money, NoDeal, Till } from './till.module.js'
import { till } from './till.worker.js'

describe('what peeperWorker boots', () => {
  let app: INestApplicationContext | undefined

  const open = async (entry: URL): Promise<PeeperClient<Till>> => {
    const module = await Test.createTestingModule({
      imports: [
        PeeperModule.forRoot({
          isolation: { entry, spares: 0 },
          types: [Money],
          refuses: [NoDeal],
          init: { timeout: 60_000, retries: 0 },
          logger: false,
        }),
        PeeperModule.forFeature([Till]),
      ],
    }).compile()
    app = await module.init()
    return app.get(getPeeperToken(Till))
  }
  afterEach(async () => {
    await app?.close()
    app = undefined
  })

  test('knows the types and the refusals that it is given', async () => {
    const client = await open(till)
    const sum = await client.call('pay', new Money(5))
    expect(sum).toBeInstanceOf(Money)
    expect(sum.plus(new Money(1))).toEqual(new Money(6))
    const refused: unknown = await client.call('pay', new Money(0)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(NoDeal)
    expect(refused).toMatchObject({ message: 'too little', least: new Money(1) })
    expect((refused as NoDeal).least).toBeInstanceOf(Money)
    expect(client.status()).toMatchObject({ worker: 1, state: { sum: new Money(5) } })
  })

  test.each([
    ['fails to boot', broken, 'no connection to the rates'],
    ['is no module', noModule, 'PEEPER_WORKER_MODULE'],
  ])('tells why no server starts there, if it %s', async (_, entry, why) => {
    const failed: unknown = await open(entry).catch((error: unknown) => error)
    expect(failed).toMatchObject({
      code: 'PEEPER_INIT_FAILED',
      cause: {
        code: 'PEEPER_WORKER_LOST',
        how: 'exited',
        message: expect.stringContaining('had not started'),
      },
    })
    const { cause } = (failed as { cause: { cause: unknown } }).cause
    expect(`${String((cause as { code?: unknown }).code)} ${String(cause)}`).toContain(why)
  })
})
