import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, transfer, type PeeperEvent, type Server, type ServerOptions } from 'nestjs-peeper/engine'
import { drained, loopback } from 'nestjs-peeper/testing'
import { als, bridge, callbacks, contextsOf, Money } from './contexts.js'

const entry = new URL('./contexts-hosted.js', import.meta.url)

type ErrorEvent = Extract<PeeperEvent, { type: 'error' }>

describe.each(['thread', 'process'] as const)('a context that does not cross to a %s', level => {
  let engine: Engine
  let events: PeeperEvent[]

  beforeEach(() => {
    events = []
    const isolation = { entry, threads: 1, spares: 0, contexts: contextsOf('here') }
    engine = new Engine({ isolation, init: { timeout: 60_000 } })
    engine.events$.subscribe(event => events.push(event))
  })
  afterEach(() => engine.close())

  const start = (name: string, options: Partial<ServerOptions> = {}): Promise<Server> =>
    engine.start({ name, state: { seen: [] }, callbacks, isolation: level, ...options })
  const errors = (context: string): string[] =>
    events
      .filter(
        (event): event is ErrorEvent => event.type === 'error' && event.where === `context '${context}'`,
      )
      .map(({ error }) => (error as Error).message)
  const crashes = (): PeeperEvent[] => events.filter(({ type }) => type === 'crashed')

  test('for its class is unknown there, is told, and harms nobody', async () => {
    const [plain, rich] = [await start('plain', { types: [Money] }), await start('rich')]
    const calls = [
      als.run(new Money(1), () => plain.call('look')),
      als.run({ id: 1 }, () => rich.call('look')),
    ]
    expect(await Promise.all(calls)).toEqual([undefined, { id: 1 }])
    expect(errors('als')).toEqual([expect.stringContaining('Money')])
    expect(crashes()).toEqual([])
  })

  test('for its class is unknown here, is told, and what was said in it is heard, also by one that others wait for', async () => {
    const rich = await start('rich')
    await Promise.all([
      rich.call('look'),
      rich.call('tellMoney', 1),
      rich.call('tellMoney', 2),
      rich.call('look'),
    ])
    await drained(rich)
    expect(await rich.call('seen')).toEqual(['none', 'none'])
    expect(errors('als')).toHaveLength(2)
    expect(crashes()).toEqual([])
  })

  test.each(['throw', 'nothing', 'throw when asked'] as const)(
    'for who enters it or tells it is wrong (%s), is told; the message is handled',
    async does => {
      const plain = await start('plain')
      const at = does === 'throw when asked' ? 'here' : 'there'
      expect(await als.run('mine', () => bridge.run({ at, does }, () => plain.call('look')))).toBe('mine')
      expect(errors('bridge')).toHaveLength(1)
      if (does !== 'throw when asked') {
        await als.run('mine', () => plain.call('tellWrong', does))
        await drained(plain)
        expect(await plain.call('seen')).toEqual(['mine'])
        expect(errors('bridge')).toHaveLength(2)
      }
      expect(crashes()).toEqual([])
    },
  )

  test('where nothing is current, does not keep a server from its start, nor from its end', async () => {
    const plain = await start('plain')
    await plain.stop()
    expect(errors('picky').length).toBeGreaterThan(0)
    expect(crashes()).toEqual([])
  })

  test('leaves its handler none, and not what another one has left', async () => {
    const plain = await start('plain')
    const noData = (): Promise<unknown> =>
      als.run(
        () => 'no data',
        () => plain.call('look'),
      )
    await Promise.all([
      als.run(
        () => 'no data',
        () => plain.call('enter'),
      ),
      noData(),
    ])
    expect(await Promise.all([noData(), noData(), plain.call('look')])).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('leaves what is said after its turn in none, and not in that of the message that is handled then', async () => {
    const plain = await start('plain')
    const call = (store: string, name: string) => als.run(store, () => plain.call(name))
    await Promise.all([
      call('one', 'look'),
      call('two', 'leave'),
      call('three', 'look'),
      call('four', 'wait'),
    ])
    await drained(plain)
    expect(await plain.call('seen')).toEqual(['none'])
  })
})

test('memory does not change hands in a context: it stays, and that is told', async () => {
  const engine = new Engine({ isolation: { site: loopback, contexts: { als } } })
  const events: PeeperEvent[] = []
  engine.events$.subscribe(event => events.push(event))
  const server = await engine.start({ name: 'a', state: { seen: [] }, callbacks, isolation: 'thread' })
  const sent = transfer(new ArrayBuffer(8))
  expect(await als.run({ sent }, () => server.call('look'))).toBeUndefined()
  expect(sent.take().byteLength).toBe(8)
  expect(events).toContainEqual(expect.objectContaining({ type: 'error', where: "context 'als'" }))
  await engine.close()
})

test.each([
  [null, "'contexts' of isolation is null"],
  [als, "'contexts' of isolation is"],
  [{ als: null }, "'contexts.als' of isolation is null"],
])('contexts that are none are refused: %j', (contexts, message) => {
  expect(() => new Engine({ isolation: { contexts: contexts as never } })).toThrow(message)
})
