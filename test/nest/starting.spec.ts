import { Global, Injectable, Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { describe, expect, test } from '@jest/globals'
import {
  HandleCall,
  HandleCast,
  Init,
  InjectPeeper,
  Peeper,
  PeeperModule,
  PeeperServer,
  ServerNotStartedError,
  getPeeperToken,
  memoryKeeper,
  type PeeperClient,
  type PeeperModuleOptions,
} from 'nestjs-peeper'
import { settled } from '../support/settled.js'
import { moduleOf, running } from './boot.js'
import { Counter, type CounterState } from './counter.js'

const feature = { imports: [PeeperModule.forFeature([Counter])] }

/** Uses the server at each step of its own life. */
@Injectable()
class Early {
  readonly changes: CounterState[] = []
  readonly calls: { onModuleInit?: unknown; onApplicationBootstrap?: unknown } = {}

  constructor(@InjectPeeper(Counter) private readonly counter: PeeperClient<Counter>) {
    counter.changes$.subscribe(state => this.changes.push(state))
    counter.cast('add', 1)
  }

  async onModuleInit(): Promise<void> {
    this.counter.cast('add', 10)
    this.calls.onModuleInit = await settled(this.counter.call('read'))
  }

  async onApplicationBootstrap(): Promise<void> {
    this.calls.onApplicationBootstrap = await this.counter.call('read')
  }
}

@Global()
@Module({ ...feature, providers: [Early], exports: [Early] })
class EarlyModule {}

describe('before the start', () => {
  test.each([
    ['of a provider beside it', { providers: [Early, Counter], ...feature }],
    ['of a global module that was imported first', { providers: [Counter], imports: [EarlyModule] }],
  ])('a cast is buffered and a call is rejected, in the hooks %s', async (_, { providers, imports }) => {
    const app = await Test.createTestingModule({
      imports: [...imports, PeeperModule.forRoot({ logger: false })],
      providers,
    }).compile()
    await app.init()
    const { calls, changes } = app.get(Early)
    expect(calls.onModuleInit).toMatchObject({ error: expect.any(ServerNotStartedError) })
    expect(calls.onModuleInit).toHaveProperty(
      'error.message',
      expect.stringMatching(/onApplicationBootstrap/),
    )
    expect(calls.onApplicationBootstrap).toBe(11)
    expect(changes.map(({ n }) => n)).toEqual([1, 11])
    await app.close()
  })

  test('servers made by factories start with the others', async () => {
    const app = await running([
      { provide: 'a counter', useFactory: async () => Promise.resolve(new Counter()) },
    ])
    expect(await app.get(Peeper).call('counter', 'inc')).toBe(1)
    await app.close()
  })
})

describe('the start', () => {
  test('is the same by forRootAsync', async () => {
    class Options {
      create(): PeeperModuleOptions {
        return { logger: false, maxRestarts: 7 }
      }
    }
    for (const root of [
      PeeperModule.forRootAsync({ useClass: Options }),
      PeeperModule.forRootAsync({
        useFactory: async () => Promise.resolve({ logger: false, maxRestarts: 7 }),
      }),
    ]) {
      const app = await Test.createTestingModule({ imports: [root], providers: [Counter] }).compile()
      await app.init()
      expect(app.get(Peeper).whereis('counter')?.status()).toMatchObject({
        restartsLeft: 7,
        status: 'running',
      })
      await app.close()
    }
  })

  test('of one engine only, though forRoot is imported twice with the same options', async () => {
    const keeper = memoryKeeper()
    const root = () => PeeperModule.forRoot({ logger: false, keeper, mailbox: { limit: 5 } })
    const other = moduleOf({ imports: [root(), PeeperModule.forFeature([Counter])] })
    const app = await Test.createTestingModule({ imports: [other, root()], providers: [Counter] }).compile()
    await app.init()
    expect(app.get(Peeper).whichChildren()).toHaveLength(1)
    await app.close()
  })

  test('makes the options of forRoot the defaults, and lets those of the class override them', async () => {
    @PeeperServer({ state: 0, maxRestarts: 1 })
    class Own {
      @HandleCall() ping() {}
    }
    const app = await running([Own, Counter], { logger: false, maxRestarts: 5, maxSeconds: 60 })
    const peeper = app.get(Peeper)
    expect(peeper.whereis('Own')?.status().restartsLeft).toBe(1)
    expect(peeper.whereis('counter')?.status().restartsLeft).toBe(5)
    await app.close()
  })

  test('fails with a server that does, and ends those that had started', async () => {
    const closed: string[] = []
    const keeper = { ...passing(), close: () => void closed.push('keeper') }
    @PeeperServer({ init: { retries: 0 } })
    class Broken {
      @Init() protected init() {
        throw new Error('no')
      }
      @HandleCall() ping() {}
    }
    await expect(running([Counter, Broken], { logger: false, keeper })).rejects.toThrow(
      /'Broken' could not start/,
    )
    expect(closed).toEqual(['keeper'])
  })
})

const passing = () => {
  const inner = memoryKeeper()
  return {
    load: inner.load.bind(inner),
    commit: inner.commit.bind(inner),
    remove: inner.remove.bind(inner),
    list: inner.list.bind(inner),
  }
}

describe('overriding', () => {
  const built = () =>
    Test.createTestingModule({
      imports: [PeeperModule.forRoot({ logger: false }), ...feature.imports],
      providers: [Counter],
    })

  test('the client of a server', async () => {
    const app = await built()
      .overrideProvider(getPeeperToken(Counter))
      .useValue({ call: () => 42 })
      .compile()
    expect(app.get<PeeperClient<Counter>>(getPeeperToken('counter')).call('read')).toBe(42)
    await app.close()
  })

  test('a server by a class that extends it', async () => {
    class Fake extends Counter {
      override read(): number {
        return 42
      }
    }
    const app = await built().overrideProvider(Counter).useClass(Fake).compile()
    await app.init()
    expect(await app.get(Peeper).call('counter', 'read')).toBe(42)
    expect(await app.get(Peeper).call('counter', 'inc')).toBe(1)
    await app.close()
  })

  test('a server by an object, whose methods are called as they are at that moment', async () => {
    const fake = { read: (_: CounterState) => 1 }
    const app = await built().overrideProvider(Counter).useValue(fake).compile()
    await app.init()
    expect(await app.get(Peeper).call('counter', 'read')).toBe(1)
    fake.read = () => 2
    expect(await app.get(Peeper).call('counter', 'read')).toBe(2)
    await app.close()
  })

  test('a server by a proxy: handlers are called on it', async () => {
    const reached: string[] = []
    const proxy = new Proxy(new Counter(), {
      get: (target, member, receiver) => {
        reached.push(String(member))
        return Reflect.get(target, member, receiver) as unknown
      },
    })
    const app = await built().overrideProvider(Counter).useValue(proxy).compile()
    await app.init()
    expect(await app.get(Peeper).call('counter', 'inc')).toBe(1)
    expect(reached).toContain('inc')
    await app.close()
  })

  test('nothing is asked of other providers but what Nest asks itself', async () => {
    const asked = new Set<string>()
    const touchy = new Proxy({}, { get: (_, member) => void asked.add(String(member)) })
    const provider = { provide: 'touchy', useValue: touchy }
    await (await running([Counter, provider])).close()
    const byUs = new Set(asked)
    asked.clear()
    const plain = await Test.createTestingModule({ providers: [provider] }).compile()
    await (await plain.init()).close()
    expect(byUs).toEqual(asked)
  })
})

test('an alias of a server is no second server', async () => {
  const app = await running([Counter, { provide: 'alias', useExisting: Counter }])
  expect(app.get(Peeper).whichChildren()).toHaveLength(1)
  await app.close()
})

describe('two applications in one process', () => {
  test('have servers of the same names that know nothing of each other', async () => {
    const apps = await Promise.all([
      running([Counter], undefined, feature),
      running([Counter], undefined, feature),
    ])
    const [one, two] = apps.map(app => app.get<PeeperClient<Counter>>(getPeeperToken(Counter)))
    expect(await one!.call('inc', 5)).toBe(5)
    expect(await two!.call('read')).toBe(0)
    await apps[0].close()
    expect(await two!.call('inc')).toBe(1)
    await apps[1].close()
  })

  test('one after the other starts anew', async () => {
    for (let round = 0; round < 2; round += 1) {
      const app = await running([Counter], undefined, feature)
      expect(await app.get<PeeperClient<Counter>>(getPeeperToken(Counter)).call('inc')).toBe(1)
      await app.close()
    }
  })
})

test('handlers are inherited, once each', async () => {
  abstract class Base {
    @HandleCall() ping(): string {
      return 'base'
    }
    @HandleCast() add(state: { n: number }) {
      state.n += 1
    }
  }
  @PeeperServer({ state: { n: 0 } })
  class Derived extends Base {
    override ping(): string {
      return 'derived'
    }
    @HandleCast() override add(state: { n: number }) {
      state.n += 10
    }
    @HandleCall() read(state: { n: number }): number {
      return state.n
    }
  }
  const app = await running([Derived])
  const peeper = app.get(Peeper)
  peeper.cast('Derived', 'add')
  expect(await peeper.call('Derived', 'ping')).toBe('derived')
  expect(await peeper.call('Derived', 'read')).toBe(10)
  await app.close()
})
