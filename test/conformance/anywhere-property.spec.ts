import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, type IsolationLevel, type Keeper, type Server } from 'nestjs-peeper/engine'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { seeded } from '../support/seed.js'
import { settled, type Settled } from '../support/settled.js'
import { diary, Refused, type Seen } from './diary.js'
import { anywhere } from './anywhere.js'
import { places } from './places.js'

/** What is done, one after the other: a message is sent and not waited for. */
type Deed = (typeof deeds)[number]
const calls = ['add', 'again', 'slow', 'page', 'chain', 'defer', 'refuse', 'throw', 'reject', 'die'] as const
const deeds = [...calls, 'cast', 'info', 'wait', 'exit', 'kill', 'restart'] as const
const weights: Partial<Record<Deed, number>> = { die: 1, kill: 1, exit: 1, restart: 1, wait: 2 }

const programs = fc.array(
  fc.oneof(...deeds.map(deed => ({ weight: weights[deed] ?? 6, arbitrary: fc.constant(deed) }))),
  { minLength: 1, maxLength: 60, size: 'max' },
)

const forEver = { timeout: Infinity }
let names = 0

/** The same servers everywhere, and nothing but what callers and the state say of them. */
describe.each(anywhere)('a server wherever it lives ($name)', ({ name, level, keeper }) => {
  test('has done what it has told, in its order, and nothing of what crashed', async () => {
    const { keeper: kept } = controlledKeeper(keeper())
    const holds = async (program: readonly Deed[]): Promise<void> => {
      judge(await run(program, level, kept))
    }
    await fc.assert(
      fc.asyncProperty(programs, holds),
      seeded(`programs, ${name}`, level === 'inline' ? 30 : 8),
    )
  }, 180_000)
})

interface Ran {
  readonly program: readonly Deed[]
  readonly outcomes: ReadonlyMap<string, readonly [deed: Deed, outcome: Settled]>
  readonly seen: Seen
}

const run = async (program: readonly Deed[], level: IsolationLevel, keeper: Keeper): Promise<Ran> => {
  const name = `diary${(names += 1)}`
  let engine: Engine
  const begin = async (): Promise<Server> => {
    engine = new Engine({
      keeper,
      isolation: { entry: places, threads: 1, spares: 0 },
      init: { timeout: 60_000 },
    })
    const options = { hostedAs: 'diary', isolation: level, callbacks: diary, refuses: [Refused] }
    return engine.start({ name, ...options, state: { log: [] }, maxRestarts: 10_000 })
  }
  let server = await begin()
  const open = new Map<string, readonly [Deed, Promise<Settled>]>()
  for (const [number, deed] of program.entries()) {
    const id = String(number)
    switch (deed) {
      case 'cast':
      case 'info':
        server[deed === 'cast' ? 'cast' : 'send']('add', id)
        break
      case 'wait':
        await settled(server.call('look', undefined, forEver))
        break
      case 'exit':
        server.exit(new Error('told to'))
        break
      case 'kill':
        server.exit('kill')
        break
      case 'restart':
        await engine!.close()
        server = await begin()
        break
      case 'again':
        for (const time of [1, 2])
          open.set(`${id} ${time}`, [deed, settled(server.call('again', id, { ...forEver, id: `r${id}` }))])
        break
      default:
        // What lives here cannot end its thread and go on.
        open.set(id, [
          deed,
          settled(server.call(deed === 'die' && level === 'inline' ? 'throw' : deed, id, forEver)),
        ])
    }
  }
  const outcomes = new Map<string, readonly [Deed, Settled]>()
  for (const [id, [deed, outcome]] of open) outcomes.set(id, [deed, await outcome])
  const seen = (await server.call('look', undefined, forEver)) as Seen
  await engine!.close()
  return { program, outcomes, seen }
}

const judge = ({ program, outcomes, seen }: Ran): void => {
  const { log, half, dictionary, entries } = seen
  expect(half).toBeUndefined()
  expect(log).toHaveLength(new Set(log).size)
  expect(dictionary).toEqual(log.length === 0 ? [] : [['last', log.at(-1)]])
  const own = log.filter(id => !id.endsWith('+')).map(Number)
  expect(own).toEqual([...own].sort((a, b) => a - b))
  expect(entries).toEqual(expect.arrayContaining(entries.map(([id]) => [id, log.indexOf(id) + 1])))
  for (const [index, id] of log.entries()) if (id.endsWith('+')) expect(`${log[index - 1]}+`).toBe(id)
  const isCalm = !program.some(deed => ['exit', 'kill', 'restart', 'die', 'throw', 'reject'].includes(deed))
  for (const [asked, [deed, outcome]] of outcomes) {
    const [id] = asked.split(' ') as [string]
    if ('value' in outcome) expect([deed, log[(outcome.value as number) - 1]]).toEqual([deed, id])
    if (deed === 'page' && 'value' in outcome) expect(entries.map(([page]) => page)).toContain(id)
    if (['refuse', 'throw', 'reject', 'die'].includes(deed)) expect(log).not.toContain(id)
    if (isCalm) expect([deed, 'value' in outcome]).toEqual([deed, deed !== 'refuse'])
    if (deed === 'refuse' && isCalm) expect(outcome).toMatchObject({ error: expect.any(Refused) as unknown })
  }
  if (!isCalm) return
  for (const [number, deed] of program.entries())
    if (['cast', 'info'].includes(deed)) expect(log).toContain(String(number))
}
