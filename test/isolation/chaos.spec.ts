import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, type Server } from 'nestjs-peeper/engine'
import { settled } from '../support/settled.js'
import { callbacks, type State } from './callbacks.js'

/** Of both levels together, at each run of the tests. */
const ROUNDS = Number(process.env.ROUNDS ?? 200)
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

const forEver = { timeout: Infinity }

const CRASHES = {
  'an endless loop': ['hang'],
  'a catastrophic regular expression': ['regex'],
  'process.exit()': ['exit'],
  'an error in a timer': ['timer'],
  'a rejection nobody waits for': ['rejection'],
  'a heap that grows': ['fill'],
  'process.abort()': ['abort'],
} as const
/** What would take the process of a thread with it. */
const OF_A_PROCESS = {
  'a huge array': ['hugeArray'],
  'kill -9': ['signal', 'SIGKILL'],
  'a segmentation fault': ['signal', 'SIGSEGV'],
} as const

const median = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1]!

describe.each([
  ['thread', ROUNDS * 0.7, Object.entries(CRASHES)],
  ['process', ROUNDS * 0.3, Object.entries({ ...CRASHES, ...OF_A_PROCESS })],
] as const)('chaos in a %s', (level, rounds, crashes) => {
  let engine: Engine
  let faulty: Server
  let others: Server[]
  /** What each was told has happened. */
  const acknowledged = new Map<string, number>()
  let isOver = false
  let load: Promise<void>[]

  const ask = async (server: Server): Promise<void> => {
    const outcome = await settled(server.call('inc', undefined, forEver))
    if ('value' in outcome) acknowledged.set(server.name, (acknowledged.get(server.name) ?? 0) + 1)
    else expect(outcome.code).toBe('PEEPER_SERVER_EXITED')
  }
  /** What each call to the one that is not isolated took, in ms. */
  let taken: number[] = []
  const keepAsking = async (server: Server): Promise<void> => {
    while (!isOver) {
      const before = performance.now()
      await ask(server)
      if (server.name === 'third') taken.push(performance.now() - before)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }

  beforeAll(async () => {
    engine = new Engine({
      isolation: {
        entry: new URL('./hosted.js', import.meta.url),
        threads: 1,
        deadline: 500,
        resourceLimits: { maxOldGenerationSizeMb: 64 },
      },
      init: { timeout: 60_000, retries: 20 },
    })
    const start = (name: string, isolation: 'inline' | typeof level): Promise<Server> =>
      engine.start({ name, isolation, callbacks, state: { n: 0, seen: new Map() } satisfies State })
    faulty = await start('counter', level)
    others = [await start('neighbour', level), await start('third', 'inline')]
    load = [faulty, ...others].map(keepAsking)
    // Processes say on their stderr what they die of.
    jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  }, 60_000)
  afterAll(async () => {
    jest.restoreAllMocks()
    await engine.close(0)
  })

  test('whatever ends it, and when: nothing acknowledged is lost, and the server answers again', async () => {
    const random = fc.sample(
      fc.tuple(fc.constantFrom(...crashes), fc.integer({ min: 0, max: 3 }), fc.boolean()),
      { seed: SEED, numRuns: Math.max(rounds, crashes.length) },
    )
    for (const [[what, [message, payload]], asked, isTwofold] of random) {
      const before = Array.from({ length: asked }, () => ask(faulty))
      const crash = [faulty, ...(isTwofold ? [others[0]!] : [])].map(server =>
        settled(server.call(message, payload, forEver)),
      )
      const after = ask(faulty)
      for (const outcome of await Promise.all(crash))
        expect({ what, ...outcome }).toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
      await Promise.all([...before, after])
      await ask(faulty)
    }
    const disturbed = median(taken)
    taken = []
    while (taken.length < 1_000) await new Promise(resolve => setTimeout(resolve, 10))
    isOver = true
    await Promise.all(load)
    const times = disturbed / median(taken)
    process.stdout.write(
      `${random.length} rounds, SEED=${SEED}: ${times.toFixed(2)} × the undisturbed median\n`,
    )
    expect(times).toBeLessThan(3)
    for (const server of [faulty, ...others])
      expect([server.name, await server.call('read', undefined, forEver)]).toEqual([
        server.name,
        acknowledged.get(server.name),
      ])
    expect(acknowledged.get('third')).toBeGreaterThan(random.length)
  }, 900_000)
})
