import { afterAll, afterEach, beforeEach } from '@jest/globals'
import {
  Engine,
  type ChildSpec,
  type DeadLetter,
  type EngineOptions,
  type Family,
  type FamilyOptions,
  type IsolationLevel,
  type PeeperEvent,
  type Server,
  type ServerOptions,
  type StartOptions as EngineStartOptions,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { filter, firstValueFrom } from 'rxjs'
import { controlledKeeper, type ControlledKeeper } from '../support/controlled-keeper.js'
import { Carrier } from './carried.js'
import type { Combination } from './combinations.js'

/** Isolates every server at this level. */
const engineOf = (level: IsolationLevel, carrier: Carrier | undefined, options: EngineOptions): Engine => {
  if (carrier === undefined) return new Engine(options)
  const isolated = <T extends object>(server: T) => ({ ...server, isolation: level })
  return new (class extends Engine {
    override declare(server: ServerOptions): Server {
      return super.declare(isolated(server))
    }

    override start(server: ServerOptions | string, start?: EngineStartOptions): Promise<Server> {
      return super.start(typeof server === 'string' ? server : isolated(server), start)
    }

    override declareFamily(family: FamilyOptions): Family {
      return super.declareFamily(isolated(family))
    }

    override child(server: ServerOptions): ChildSpec {
      return super.child(isolated(server))
    }
  })({ ...options, isolation: { ...options.isolation, site: carrier.open } })
}

/** What a test of one combination works with; all of it is new for each test. */
export class Fixture {
  readonly clock: SimulatedClock
  readonly store: ControlledKeeper
  readonly engine: Engine
  readonly events: PeeperEvent[] = []
  readonly letters: DeadLetter[] = []

  constructor(
    readonly combination: Combination,
    private readonly carrier: Carrier | undefined,
    options: EngineOptions,
  ) {
    this.store = controlledKeeper(combination.keeper())
    this.clock = simulatedClock({ busy: () => this.store.busy() ?? carrier?.busy() })
    // Centuries may pass in a test: only those of reminders have the store asked each minute of them.
    const reminders = { poll: Infinity }
    this.engine = this.another({ reminders, ...options })
    this.engine.events$.subscribe(event => this.events.push(event))
    this.engine.deadLetters$.subscribe(letter => this.letters.push(letter))
  }

  /** One more engine on the same store. */
  another(options: EngineOptions = {}): Engine {
    const { combination, carrier, clock, store } = this
    return engineOf(combination.worker, carrier, { clock, keeper: store.keeper, ...options })
  }

  /** The next event of this type. */
  next<T extends PeeperEvent['type']>(type: T): Promise<Extract<PeeperEvent, { type: T }>> {
    const isOfType = (event: PeeperEvent): event is Extract<PeeperEvent, { type: T }> => event.type === type
    return firstValueFrom(this.engine.events$.pipe(filter(isOfType)))
  }

  /** Events of this type so far. */
  past<T extends PeeperEvent['type']>(type: T): Extract<PeeperEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<PeeperEvent, { type: T }> => event.type === type)
  }

  /** Ends the engine, whatever still hangs in it. */
  async end(): Promise<void> {
    let open = true
    const closed = this.engine.close(0).finally(() => (open = false))
    while (open) await this.clock.advance(60_000)
    await closed
  }
}

/** What a test starts a server with; it is called `counter` unless said. */
export type StartOptions = Omit<ServerOptions, 'name'> & { readonly name?: string }

/** Gives each test of a suite an engine of this combination. */
export const conformance = (combination: Combination, options: EngineOptions = {}): Conformance => {
  const suite = new Conformance()
  const { worker } = combination
  const carrier = worker === 'inline' ? undefined : new Carrier(worker)
  beforeEach(() => {
    suite.fixture = new Fixture(combination, carrier, options)
  })
  afterAll(() => carrier?.end())
  afterEach(() => suite.fixture.end())
  return suite
}

/** What the tests of a suite say: the fixture of the test that runs. */
export class Conformance {
  /** @internal */
  fixture!: Fixture

  start({ name = 'counter', ...options }: StartOptions): Promise<Server> {
    return this.engine.start({ name, ...options })
  }

  get engine(): Engine {
    return this.fixture.engine
  }

  another(): Engine {
    return this.fixture.another()
  }

  get clock(): SimulatedClock {
    return this.fixture.clock
  }

  get store(): ControlledKeeper {
    return this.fixture.store
  }

  get letters(): DeadLetter[] {
    return this.fixture.letters
  }

  /** Matches that very error; where it had to cross a border, one of its class, or of the class before it that refuses, that says the same. */
  that(error: Error): unknown {
    const same = ({ constructor, message, name }: Error): boolean =>
      error instanceof constructor && message === error.message && name === error.name
    const isIsolated = this.fixture.combination.worker !== 'inline'
    return { asymmetricMatch: (actual: Error) => actual === error || (isIsolated && same(actual)) }
  }

  next<T extends PeeperEvent['type']>(type: T): Promise<Extract<PeeperEvent, { type: T }>> {
    return this.fixture.next(type)
  }

  past<T extends PeeperEvent['type']>(type: T): Extract<PeeperEvent, { type: T }>[] {
    return this.fixture.past(type)
  }
}
