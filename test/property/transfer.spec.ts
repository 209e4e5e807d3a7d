import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  Engine,
  memoryKeeper,
  type Callbacks,
  type Keeper,
  type Restart,
  type Server,
  type Strategy,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { journalKeeper } from '../support/journal-keeper.js'
import { turns } from '../support/latch.js'
import { seeded } from '../support/seed.js'
import { settled } from '../support/settled.js'

interface Forest {
  /** The first stands under the root, each other under the root (0) or one before it. */
  readonly supervisors: readonly {
    readonly under: number
    readonly strategy: Strategy
    readonly maxRestarts: number
  }[]
  /** Children that the last of them may have. */
  readonly maxChildren: number
  readonly servers: readonly {
    readonly restart: Restart
    readonly maxRestarts: number
    readonly at: number
  }[]
}

type Step =
  | { readonly do: 'call' | 'slow' | 'cast' | 'boom' | 'kill' | 'stop' | 'start'; readonly server: number }
  | { readonly do: 'move'; readonly server: number; readonly to: number; readonly lies: boolean }
  | { readonly do: 'end' | 'bring back'; readonly supervisor: number }
  | { readonly do: 'end child' | 'bring child back'; readonly server: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'pass' }

const some = fc.nat({ max: 5 })
const forests: fc.Arbitrary<Forest> = fc.record({
  supervisors: fc.array(
    fc.record({
      under: some,
      strategy: fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one'),
      maxRestarts: fc.nat({ max: 2 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  maxChildren: fc.constantFrom(Infinity, 1, 2),
  servers: fc.array(
    fc.record({
      restart: fc.constantFrom<Restart>('permanent', 'permanent', 'transient', 'temporary'),
      maxRestarts: fc.nat({ max: 1 }),
      at: some,
    }),
    { minLength: 1, maxLength: 4 },
  ),
})

const messages = [
  'call',
  'call',
  'slow',
  'slow',
  'cast',
  'cast',
  'boom',
  'kill',
  'kill',
  'start',
  'stop',
] as const
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom(...messages), server: some }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('move'),
        server: some,
        to: some,
        lies: fc.integer({ min: 0, max: 9 }).map(chance => chance === 0),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('end', 'bring back'), supervisor: some }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('end child', 'bring child back'), server: some }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('turns'), count: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass') }) },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
) as fc.Arbitrary<Step[]>

/** Every start and every end takes a while; each change writes to the state, a table and the dictionary. */
const callbacks: Callbacks = {
  init: async (_, { tables }) => {
    await turns(3)
    await tables.open('numbers')
  },
  call: {
    call: (log: number[], n: number, { dictionary }) => (dictionary.set('last', n), log.push(n)),
    slow: async (log: number[], n: number, { dictionary, tables }) => {
      log.push(n)
      await turns(4)
      const numbers = await tables.open('numbers')
      numbers.set(n, log.length)
      dictionary.set('last', n)
      return log.length
    },
    boom: (log: number[], _, { dictionary }) => {
      log.length = 0
      dictionary.clear()
      throw new Error('boom')
    },
    read: async (log: number[], _, { dictionary, tables }) => ({
      log,
      last: dictionary.get('last'),
      numbers: [...(await tables.open('numbers'))],
    }),
  },
  cast: { cast: (log: number[], n: number, { dictionary }) => (dictionary.set('last', n), void log.push(n)) },
  terminate: () => turns(3),
}

interface Call {
  readonly n: number
  readonly slow: boolean
  readonly answer: ReturnType<typeof settled>
}

/** An engine, what was asked of it, and where each server is by the events that told so. */
class World {
  readonly clock: SimulatedClock = simulatedClock()
  readonly engine: Engine
  readonly supervisors: string[] = []
  readonly servers: Server[] = []
  readonly places = new Map<string, string>()
  readonly calls = new Map<string, Call[]>()
  readonly casts = new Map<string, number[]>()
  readonly lost = new Map<string, number[]>()
  private readonly parents = new Map<string, string>()
  private readonly open = new Set<Promise<unknown>>()
  /** What differs and should not, noted where an error would be lost. */
  private readonly notes: unknown[] = []
  private failure: Error | undefined = undefined
  /** Children are ended and brought back one after another. */
  private orders: Promise<unknown> = Promise.resolve()
  private sent = 0

  constructor(keeper: Keeper) {
    this.engine = new Engine({ clock: this.clock, keeper })
    this.engine.events$.subscribe(event => {
      if (event.type !== 'moved') return
      if (event.from !== this.places.get(event.server)) this.notes.push(event)
      this.places.set(event.server, event.to)
      this.notes.push(...this.wrongPlaces())
    })
    this.engine.deadLetters$.subscribe(({ server, payload }) =>
      this.lost.get(server)?.push(payload as number),
    )
  }

  async setUp({ supervisors, maxChildren, servers }: Forest): Promise<void> {
    for (const [index, { under, ...options }] of supervisors.entries()) {
      const name = `sup${index}`
      const parent = ['root', ...this.supervisors][under % (index + 1)] as string
      await this.engine.startSupervisor({
        name,
        supervisor: parent === 'root' ? undefined : parent,
        ...options,
        maxChildren: index === supervisors.length - 1 ? maxChildren : Infinity,
      })
      this.supervisors.push(name)
      this.parents.set(name, parent)
    }
    for (const [index, { at, ...options }] of servers.entries()) {
      const name = `s${index}`
      const own = { name, state: [] as number[], callbacks, ...options }
      const supervisor = this.placeOf(at)
      const started = await this.engine.start(own, { supervisor }).catch(() => this.engine.start(own)) // it is full
      const isThere = this.engine.whichChildren(supervisor).some(({ id }) => id === name)
      this.servers.push(started)
      this.places.set(name, isThere ? supervisor : 'root')
      for (const log of [this.casts, this.lost]) log.set(name, [])
      this.calls.set(name, [])
    }
  }

  /** Does one thing, and waits for nothing of it. */
  act(step: Exclude<Step, { do: 'turns' | 'pass' }>): void {
    const { engine } = this
    if ('supervisor' in step) {
      const name = this.supervisors[step.supervisor % this.supervisors.length] as string
      const parent = this.parents.get(name) as string
      this.order(step.do === 'end' ? 'terminateChild' : 'restartChild', parent, name)
      return
    }
    const server = this.servers[step.server % this.servers.length] as Server
    const { name } = server
    const at = this.places.get(name) as string
    if (step.do === 'move')
      this.move(server, step.lies ? this.placeOf(step.to + 1) : at, this.placeOf(step.to))
    else if (step.do === 'end child') this.order('terminateChild', at, name)
    else if (step.do === 'bring child back') this.order('restartChild', at, name)
    else if (step.do === 'kill') server.exit('kill')
    else if (step.do === 'stop') this.watch(server.stop('normal', Infinity))
    else if (step.do === 'start') this.watch(engine.start(name))
    else if (step.do === 'boom') this.watch(server.call('boom', undefined, { timeout: Infinity }))
    else if (step.do === 'cast') {
      const n = (this.sent += 1)
      this.casts.get(name)?.push(n)
      server.cast('cast', n)
    } else {
      const n = (this.sent += 1)
      const answer = settled(server.call(step.do, n, { timeout: Infinity }))
      this.calls.get(name)?.push({ n, slow: step.do === 'slow', answer })
      this.watch(answer)
    }
  }

  private order(order: 'terminateChild' | 'restartChild', supervisor: string, id: string): void {
    this.orders = this.orders.then(() => this.engine[order](supervisor, id)).catch(() => undefined)
    this.watch(this.orders)
  }

  private move({ name }: Server, from: string, to: string): void {
    let moved = false
    const seen = this.engine.events$.subscribe(event => {
      if (event.type === 'moved' && event.server === name) moved ||= event.from === from && event.to === to
    })
    const moving = settled(this.engine.transfer(name, from, to)).then(outcome => {
      seen.unsubscribe()
      // It says that it has moved when it has, or is there; then it stays, unless it is moved on.
      if ('value' in outcome) expect(moved || from === to).toBe(true)
      else expect(REFUSALS).toContain(outcome.code)
    })
    this.watch(moving, true)
  }

  /** Each server is one supervisor's child, or nobody's while it does not run. */
  checkPlaces(): void {
    expect([...this.notes, ...this.wrongPlaces()]).toEqual([])
  }

  private wrongPlaces(): unknown[] {
    const all = ['root', ...this.supervisors].map(at => [at, this.engine.whichChildren(at)] as const)
    return this.servers.flatMap(({ name, home }) => {
      const parents = all.flatMap(([at, children]) => (children.some(({ id }) => id === name) ? [at] : []))
      const isFine = parents.length === 0 ? home.hasEnded : parents.join() === this.places.get(name)
      return isFine ? [] : [{ name, parents, at: this.places.get(name) }]
    })
  }

  /** Lets time pass until all that was asked for is settled, and every restart is over. */
  async settle(): Promise<void> {
    for (let second = 0; ; second += 1) {
      if (second > 200) throw new Error('something never ended')
      for (let round = 0; round < 10; round += 1) await this.clock.advance(0) // a keeper answers in its own time
      if (this.open.size === 0 && this.servers.every(server => RESTS.has(server.status().status))) break
      await this.clock.advance(1_000)
    }
    if (this.failure !== undefined) throw this.failure
  }

  /** All that is down or was ended comes back, from the root on, and is where it was last. */
  async bringBack(): Promise<void> {
    for (const name of this.supervisors)
      await this.during(this.engine.restartChild(this.parents.get(name)!, name))
    for (const server of this.servers)
      if (server.home.hasEnded)
        await this.during(
          this.engine.start(server.name).catch(async (error: unknown) => {
            expect(error).toMatchObject({ code: 'PEEPER_MAX_CHILDREN' }) // its supervisor was filled meanwhile: to the root with it
            await this.engine.transfer(server.name, this.places.get(server.name)!, 'root')
            await this.engine.start(server.name)
          }),
        )
  }

  async during<T>(work: Promise<T>): Promise<T> {
    this.watch(work, true)
    await this.settle()
    return work
  }

  private watch(work: Promise<unknown>, mayNotFail = false): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => {
        if (mayNotFail) this.failure ??= error as Error
      })
      .then(() => this.open.delete(done))
    this.open.add(done)
  }

  private placeOf(number: number): string {
    return ['root', ...this.supervisors][number % (this.supervisors.length + 1)] as string
  }
}

const RESTS: ReadonlySet<string> = new Set(['running', 'stopped', 'down'])
const REFUSALS = ['PEEPER_NOT_A_CHILD', 'PEEPER_SUPERVISOR_DOWN', 'PEEPER_MAX_CHILDREN']
const ENDED = ['PEEPER_SERVER_EXITED', 'PEEPER_SERVER_STOPPED', 'PEEPER_SERVER_DOWN', 'PEEPER_SERVER_CLOSING']

const run = async (forest: Forest, all: readonly Step[], keeper: Keeper): Promise<void> => {
  const world = new World(keeper)
  try {
    await runIn(world, forest, all)
  } finally {
    void world.engine.close(0) // a move that waits for ever would slow all that comes after it
  }
}

const runIn = async (world: World, forest: Forest, all: readonly Step[]): Promise<void> => {
  const { engine, clock } = world
  await world.during(world.setUp(forest))
  for (const step of all) {
    if (step.do === 'turns') await turns(step.count)
    else if (step.do === 'pass') await clock.advance(0)
    else world.act(step)
    world.checkPlaces()
  }
  await world.settle()
  world.checkPlaces()
  await world.bringBack()
  for (const server of world.servers) {
    const { name } = server
    world.checkPlaces()
    expect(server.status().status).toBe('running')
    const { log, last, numbers } = (await world.during(server.call('read'))) as {
      log: number[]
      last: unknown
      numbers: [number, number][]
    }
    const answered: number[] = []
    const slow: [number, number][] = []
    for (const { n, slow: isSlow, answer } of world.calls.get(name)!) {
      const outcome = await answer
      if (!('value' in outcome)) {
        expect(ENDED).toContain(outcome.code)
        continue
      }
      expect(log[Number(outcome.value) - 1]).toBe(n)
      answered.push(n)
      if (isSlow) slow.push([n, Number(outcome.value)])
    }
    // A cast has happened or is a dead letter.
    const cast = world.casts.get(name)!.filter(n => log.includes(n))
    expect([...cast, ...world.lost.get(name)!].sort((a, b) => a - b)).toEqual(world.casts.get(name))
    expect(log).toEqual([...answered, ...cast].sort((a, b) => a - b))
    expect(last).toBe(log.at(-1))
    expect([...numbers].sort(([a], [b]) => a - b)).toEqual(slow)
  }
  await world.during(engine.close())
}

/** One that was killed as it came back, before its supervisor heard that it had started: a move waited for that start for ever. */
const killedAsItCameBack: [Forest, Step[]] = [
  {
    supervisors: [
      { under: 0, strategy: 'one_for_one', maxRestarts: 0 },
      { under: 0, strategy: 'one_for_one', maxRestarts: 0 },
    ],
    maxChildren: Infinity,
    servers: [
      { restart: 'permanent', maxRestarts: 0, at: 0 },
      { restart: 'permanent', maxRestarts: 0, at: 0 },
    ],
  },
  [
    { do: 'move', server: 1, to: 1, lies: false },
    { do: 'stop', server: 0 },
    { do: 'pass' },
    { do: 'end child', server: 0 },
    { do: 'stop', server: 1 },
    { do: 'end', supervisor: 1 },
    { do: 'end', supervisor: 1 },
    { do: 'end child', server: 0 },
    { do: 'turns', count: 8 },
    { do: 'bring child back', server: 1 },
    { do: 'turns', count: 2 },
    { do: 'turns', count: 1 },
    { do: 'turns', count: 12 },
    { do: 'move', server: 1, to: 0, lies: true },
    { do: 'turns', count: 4 },
    { do: 'kill', server: 1 },
    { do: 'move', server: 0, to: 0, lies: true },
  ],
]

/** One that was ended when its supervisor, which restarted all its children, had not come to it yet: it was started while it ended. */
const endedBeforeItsTurn: [Forest, Step[]] = [
  {
    supervisors: [
      { under: 1, strategy: 'one_for_all', maxRestarts: 2 },
      { under: 4, strategy: 'one_for_all', maxRestarts: 1 },
      { under: 1, strategy: 'rest_for_one', maxRestarts: 1 },
    ],
    maxChildren: 2,
    servers: [
      { restart: 'permanent', maxRestarts: 0, at: 2 },
      { restart: 'transient', maxRestarts: 0, at: 5 },
      { restart: 'permanent', maxRestarts: 0, at: 5 },
    ],
  },
  [
    { do: 'bring child back', server: 2 },
    { do: 'turns', count: 8 },
    { do: 'start', server: 5 },
    { do: 'slow', server: 2 },
    { do: 'end child', server: 0 },
    { do: 'turns', count: 12 },
    { do: 'bring back', supervisor: 5 },
    { do: 'end', supervisor: 5 },
    { do: 'slow', server: 0 },
    { do: 'cast', server: 0 },
    { do: 'end', supervisor: 2 },
    { do: 'move', server: 0, to: 3, lies: false },
    { do: 'bring child back', server: 1 },
    { do: 'cast', server: 3 },
    { do: 'move', server: 2, to: 3, lies: false },
    { do: 'start', server: 2 },
    { do: 'bring child back', server: 1 },
    { do: 'call', server: 3 },
    { do: 'move', server: 4, to: 5, lies: false },
    { do: 'turns', count: 2 },
    { do: 'kill', server: 0 },
    { do: 'bring child back', server: 5 },
    { do: 'kill', server: 4 },
    { do: 'move', server: 3, to: 0, lies: false },
    { do: 'end child', server: 3 },
    { do: 'move', server: 5, to: 2, lies: false },
    { do: 'move', server: 0, to: 0, lies: false },
    { do: 'turns', count: 8 },
    { do: 'cast', server: 1 },
    { do: 'cast', server: 0 },
    { do: 'move', server: 4, to: 1, lies: true },
    { do: 'cast', server: 2 },
    { do: 'kill', server: 0 },
    { do: 'turns', count: 10 },
    { do: 'end child', server: 0 },
    { do: 'slow', server: 5 },
    { do: 'end child', server: 4 },
    { do: 'stop', server: 3 },
    { do: 'end child', server: 5 },
    { do: 'slow', server: 5 },
    { do: 'kill', server: 4 },
    { do: 'bring child back', server: 1 },
    { do: 'call', server: 3 },
    { do: 'boom', server: 0 },
    { do: 'kill', server: 3 },
    { do: 'move', server: 5, to: 1, lies: false },
    { do: 'move', server: 0, to: 1, lies: false },
    { do: 'move', server: 3, to: 2, lies: true },
    { do: 'end child', server: 1 },
    { do: 'turns', count: 11 },
    { do: 'pass' },
    { do: 'move', server: 4, to: 3, lies: false },
    { do: 'move', server: 5, to: 5, lies: true },
    { do: 'stop', server: 0 },
    { do: 'move', server: 4, to: 3, lies: false },
    { do: 'cast', server: 4 },
  ],
]

describe.each([
  ['a memory keeper', memoryKeeper],
  ['a journal keeper', journalKeeper],
])('moves on %s', (name, keeper) => {
  test('whatever crashes, ends and starts meanwhile: each server is in one place, and nothing acknowledged is lost', async () => {
    await fc.assert(
      fc.asyncProperty(forests, steps, (forest, all) => run(forest, all, keeper())),
      {
        ...seeded(`moves on ${name}`, 300),
        endOnFailure: false,
        examples: [killedAsItCameBack, endedBeforeItsTurn],
      },
    )
  }, 120_000)
})
