import {
  Global,
  Injectable,
  Module,
  type DynamicModule,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common'
import { Test, type TestingModule } from '@nestjs/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  HandleCall,
  HandleCast,
  InjectPeeper,
  Peeper,
  PeeperModule,
  PeeperServer,
  Terminate,
  memoryKeeper,
  type Keeper,
  type PeeperClient,
  type PeeperContext,
} from 'nestjs-peeper'
import { simulatedClock } from 'nestjs-peeper/testing'
import { latch, never } from '../support/latch.js'
import { settled } from '../support/settled.js'
import { moduleOf, recorder, running } from './boot.js'
import { Counter } from './counter.js'

/** A database that is open until Nest destroys it. */
@Injectable()
class Database {
  open = true
  readonly rows: string[] = []

  insert(row: string): void {
    if (!this.open) throw new Error(`'${row}' came after the database was closed`)
    this.rows.push(row)
  }

  onModuleDestroy(): void {
    this.open = false
  }
}

@Injectable()
class Orders {
  constructor(readonly database: Database) {}
}

/** Writes each job to the database, slowly, and its end. */
@PeeperServer({ state: 0 })
class Writer {
  readonly hooks: string[] = []

  constructor(readonly orders: Orders) {}

  @HandleCast()
  async write(_: number, row: string): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    this.orders.database.insert(row)
    this.hooks.push(row)
  }

  @Terminate()
  protected async bye(): Promise<void> {
    await Promise.resolve()
    this.orders.database.insert('bye')
    this.hooks.push('terminate')
  }

  onModuleDestroy(): void {
    this.hooks.push('onModuleDestroy')
  }
}

/** Where the database lives. */
const places: Record<string, () => Pick<ModuleMetadata, 'imports' | 'providers'>> = {
  'the same module': () => ({ imports: [], providers: [Database] }),
  'an imported module': () => ({
    imports: [moduleOf({ providers: [Database], exports: [Database] })],
    providers: [],
  }),
  'a global module': () => {
    const target = moduleOf({ providers: [Database], exports: [Database] })
    Global()(target)
    return { imports: [target], providers: [] }
  },
  'a module that closes it in its own hook': () => {
    @Module({ providers: [Database], exports: [Database] })
    class DatabaseModule {
      constructor(private readonly database: Database) {}
      onModuleDestroy(): void {
        this.database.open = false
      }
    }
    return { imports: [DatabaseModule], providers: [] }
  },
}

const writing = (place: string, also: (Type | DynamicModule)[] = []): Promise<TestingModule> => {
  const { imports = [], providers = [] } = places[place]?.() ?? {}
  const metadata = {
    imports: [...imports, ...also, PeeperModule.forRoot({ logger: false })],
    providers: [...providers, Writer, Orders],
  }
  return Test.createTestingModule({ imports: [moduleOf(metadata)] })
    .compile()
    .then(app => app.init())
}

describe('app.close()', () => {
  test.each(Object.keys(places))('serves what was accepted before the database in %s goes', async place => {
    const app = await writing(place)
    const [peeper, database, { hooks }] = [app.get(Peeper), app.get(Database), app.get(Writer)]
    const rows = Array.from({ length: 20 }, (_, i) => `row ${i}`)
    for (const row of rows) peeper.cast('Writer', 'write', row)
    await app.close()
    expect(database.rows).toEqual([...rows, 'bye'])
    expect(database.open).toBe(false)
    expect(hooks.slice(-2)).toEqual(['terminate', 'onModuleDestroy'])
  })

  test('comes after the whole drain for dependencies of the keeper, too', async () => {
    const closed: string[] = []
    @Injectable()
    class Disk {
      open = true
      onModuleDestroy(): void {
        this.open = false
      }
    }
    const keeperOn = (disk: Disk): Keeper => {
      const inner = memoryKeeper()
      return {
        load: server => inner.load(server),
        commit: (server, change, expected) => {
          closed.push(disk.open ? 'commit' : 'too late')
          return inner.commit(server, change, expected)
        },
        remove: server => inner.remove(server),
        list: () => inner.list(),
        close: () => void closed.push(disk.open ? 'close' : 'too late'),
      }
    }
    const disks = moduleOf({ providers: [Disk], exports: [Disk] })
    const root = PeeperModule.forRootAsync({
      imports: [disks],
      inject: [Disk],
      useFactory: (disk: Disk) => ({ logger: false, keeper: keeperOn(disk) }),
    })
    const app = await Test.createTestingModule({ imports: [root], providers: [Counter] }).compile()
    await app.init()
    app.get(Peeper).cast('counter', 'add', 1)
    await app.close()
    expect(closed).toEqual(['commit', 'commit', 'close'])
  })

  test('lets in what descends from accepted messages, and nothing from outside', async () => {
    const [entered, go] = [latch(), latch()]
    const seen: unknown[] = []
    @PeeperServer({ state: 0 })
    class Downstream {
      @HandleCast() note(_: number, what: string) {
        seen.push(what)
      }
    }
    @PeeperServer({ state: 0 })
    class Upstream {
      constructor(@InjectPeeper(Downstream) private readonly downstream: PeeperClient<Downstream>) {}
      @HandleCall() async work(): Promise<string> {
        entered.open()
        await go.opened
        this.downstream.cast('note', 'descended')
        return 'done'
      }
    }
    const app = await running([Upstream, Downstream], undefined, {
      imports: [PeeperModule.forFeature([Downstream])],
    })
    const peeper = app.get(Peeper)
    const working = peeper.call('Upstream', 'work')
    const queued = peeper.call('Upstream', 'work')
    await entered.opened
    const closing = app.close()
    go.open()
    expect(await working).toBe('done')
    await new Promise(resolve => setImmediate(resolve))
    const outside = await settled(peeper.call('Upstream', 'work'))
    expect(outside).toMatchObject({ code: expect.stringMatching(/^PEEPER_SERVER_(CLOSING|STOPPED)$/) })
    expect(await queued).toBe('done')
    await closing
    expect(seen).toEqual(['descended', 'descended'])
  })

  test('waits no longer than shutdownTimeout', async () => {
    const clock = simulatedClock()
    const entered = latch()
    @PeeperServer({ state: 0, shutdown: 0 })
    class Stuck {
      @HandleCall() async hang(): Promise<void> {
        entered.open()
        await never()
      }
    }
    const app = await running([Stuck], { logger: false, clock, shutdownTimeout: 3_000 })
    const hanging = settled(app.get(Peeper).call('Stuck', 'hang', undefined, { timeout: Infinity }))
    await entered.opened
    let closed = false
    const closing = app.close().then(() => (closed = true))
    await clock.advance(2_999)
    expect(closed).toBe(false)
    await clock.advance(1)
    await closing
    expect(await hanging).toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
  })

  test('may be called twice, at once and afterwards', async () => {
    const app = await running([Counter])
    const closings = [app.close(), app.close()]
    await Promise.all(closings)
    await app.close()
    await expect(app.get(Peeper).call('counter', 'read')).rejects.toThrow(/stopped|closing/)
  })

  test('ends an application that was never started', async () => {
    const app = await Test.createTestingModule({
      imports: [PeeperModule.forRoot({ logger: false })],
      providers: [Counter],
    }).compile()
    await app.close()
  })

  test('ends servers in the reverse order of their start', async () => {
    const ends: string[] = []
    const named = (name: string) => {
      class Ending {
        @HandleCall() ping() {}
        @Terminate() protected bye(_state: unknown, _reason: unknown, ctx: PeeperContext) {
          ends.push(ctx.name)
        }
      }
      PeeperServer({ name })(Ending)
      return Ending
    }
    const app = await running([named('a'), named('b'), named('c')])
    await app.close()
    expect(ends).toEqual(['c', 'b', 'a'])
  })
})

describe('shutdown hooks', () => {
  const listeners = process.listeners('SIGTERM')
  afterEach(() => {
    for (const each of process.listeners('SIGTERM'))
      if (!listeners.includes(each)) process.off('SIGTERM', each)
  })

  const started = async () => {
    const [clock, logger] = [simulatedClock(), recorder()]
    const app = await running([Counter], { logger, clock })
    return { app, clock, warnings: logger.entries }
  }

  test('that are off bring a warning', async () => {
    process.removeAllListeners('SIGTERM')
    const { app, clock, warnings } = await started()
    await clock.advance(1_000)
    expect(warnings).toEqual([
      { level: 'warn', message: expect.stringMatching(/enableShutdownHooks/), rest: ['Peeper'] },
    ])
    await app.close()
  })

  test('that are turned on after the start bring none', async () => {
    const { app, clock, warnings } = await started()
    app.enableShutdownHooks()
    await clock.advance(5_000)
    expect(warnings).toEqual([])
    await app.close()
  })

  test('do not matter to one that is closed before', async () => {
    process.removeAllListeners('SIGTERM')
    const { app, clock, warnings } = await started()
    await app.close()
    await clock.advance(5_000)
    expect(warnings).toEqual([])
  })
})
