import { describe, expect, test } from '@jest/globals'
import type { Callbacks, Context, Family, Server } from 'nestjs-peeper/engine'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const callbacks: Callbacks = {
  call: {
    news: (news: unknown[]) => news,
    monitor: (_: unknown[], server: string, ctx: Context) => void ctx.monitor(server),
    link: (_: unknown[], server: string, ctx: Context) => {
      ctx.link(server)
    },
  },
  info: {
    DOWN: (news: unknown[], { server, reason }: { server: string; reason: unknown }) =>
      void news.push(['DOWN', server, reason]),
    EXIT: (news: unknown[], { server, reason }: { server: string; reason: unknown }) =>
      void news.push(['EXIT', server, reason]),
  },
}

const PASSIVATED = { shutdown: 'passivated' }

describe.each(combinations)('monitors and links of keyed servers ($name)', combination => {
  const suite = conformance(combination)

  const lotsOf = (): Family => suite.engine.family({ name: 'lot', state: [], idle: 1_000, callbacks })
  const house = (): Promise<Server> => suite.start({ name: 'house', state: [], trapExit: true, callbacks })

  test('a monitor tells of the life that runs, by address, client or worker', async () => {
    const lots = lotsOf()
    await lots.for('1').call('news')
    const refs = ['lot/1', lots.for('1'), lots.for('1').worker()]
    const monitors = refs.map(ref => suite.engine.monitor(ref))
    lots.for('1').exit('kill')
    const downs = await Promise.all(monitors.map(({ down }) => down))
    expect(downs).toEqual(refs.map(() => ({ server: 'lot/1', worker: 1, reason: 'kill' })))
  })

  test('it tells of a passivation too, and of one that is not in memory at once', async () => {
    const lots = lotsOf()
    await lots.for('1').call('news')
    const { down } = suite.engine.monitor('lot/1')
    await suite.clock.advance(2_000)
    expect(await down).toEqual({ server: 'lot/1', worker: 1, reason: PASSIVATED })
    expect(await suite.engine.monitor('lot/1').down).toEqual({
      server: 'lot/1',
      worker: 0,
      reason: { shutdown: 'noproc' },
    })
  })

  test.each([
    ['monitor', 'DOWN'],
    ['link', 'EXIT'],
  ])('a handler that says ctx.%s hears of it', async (asked, told) => {
    const [lots, one] = [lotsOf(), await house()]
    await lots.for('1').call('news')
    await one.call(asked, 'lot/1')
    expect(await one.call('news')).toEqual([])
    await suite.clock.advance(2_000)
    expect(await one.call('news')).toEqual([[told, 'lot/1', PASSIVATED]])
  })

  test('a keyed server hears of others, and links with them', async () => {
    const [lots, one] = [lotsOf(), await house()]
    await lots.for('1').call('monitor', 'house')
    await lots.for('2').call('link', 'house')
    one.exit('kill')
    await suite.clock.advance(0)
    expect(await lots.for('1').call('news')).toEqual([['DOWN', 'house', 'kill']])
    expect(lots.for('2').status().worker).toBe(2)
  })
})
