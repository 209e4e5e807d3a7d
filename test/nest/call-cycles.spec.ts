import { afterEach, expect, test } from '@jest/globals'
import { AsyncLocalStorage } from 'node:async_hooks'
import { Injectable } from '@nestjs/common'
import type { TestingModule } from '@nestjs/testing'
import {
  HandleCall,
  InjectPeeper,
  Peeper,
  PeeperModule,
  PeeperServer,
  type PeeperClient,
} from 'nestjs-peeper'
import { settled } from '../support/settled.js'
import { running } from './boot.js'
import { Counter } from './counter.js'

@Injectable()
class Reach {
  constructor(readonly peeper: Peeper) {}
}

@PeeperServer({ name: 'far' })
class Far {
  constructor(private readonly reach: Reach) {}
  @HandleCall() round(): Promise<unknown> {
    return this.reach.peeper.call('near', 'round')
  }
}

@PeeperServer({ name: 'near' })
class Near {
  constructor(@InjectPeeper(Far) private readonly far: PeeperClient<Far>) {}
  @HandleCall() round(): Promise<unknown> {
    return this.far.call('round')
  }
}

@Injectable()
class Prices {
  of(): number {
    return 1
  }
}

/** Injects, but no client. */
@PeeperServer({ name: 'plain' })
class Plain {
  constructor(private readonly prices: Prices) {}
  @HandleCall() price(): number {
    return this.prices.of()
  }
}

let app: TestingModule

afterEach(() => app?.close())

test('a cycle by way of injected clients and the facade fails at once', async () => {
  app = await running([Far, Near, Reach], undefined, { imports: [PeeperModule.forFeature([Far])] })
  const answer = await settled(app.get(Peeper).call('near', 'round', undefined, { timeout: Infinity }))
  expect(answer).toMatchObject({
    reason: { reason: { code: 'PEEPER_CALL_CYCLE', path: ['far', 'near', 'far'] } },
  })
})

const runsDuring = async (work: () => Promise<unknown>): Promise<number> => {
  const { run } = AsyncLocalStorage.prototype
  let runs = 0
  AsyncLocalStorage.prototype.run = function (this: AsyncLocalStorage<unknown>, ...args: never[]) {
    runs += 1
    return Reflect.apply(run, this, args) as never
  }
  try {
    await work()
  } finally {
    AsyncLocalStorage.prototype.run = run
  }
  return runs
}

test('classes that inject no client cost no AsyncLocalStorage', async () => {
  app = await running([Plain, Prices, Counter])
  const peeper = app.get(Peeper)
  expect(
    await runsDuring(async () => {
      expect(await peeper.call('plain', 'price')).toBe(1)
      expect(await peeper.call('counter', 'inc', 1)).toBe(1)
    }),
  ).toBe(0)
})

test('a class that injects what a factory makes may hold a client: it is watched', async () => {
  app = await running([Plain, { provide: Prices, useFactory: () => new Prices() }])
  expect(await runsDuring(() => app.get(Peeper).call('plain', 'price'))).toBeGreaterThan(0)
})
