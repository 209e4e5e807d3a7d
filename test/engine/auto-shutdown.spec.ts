import { describe, expect, test } from '@jest/globals'
import {
  type AutoShutdown,
  type ChildSpec,
  Engine,
  type ExitReason,
  stop,
  Supervisor,
} from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { settled } from '../support/settled.js'
import { Troupe } from '../support/troupe.js'

const clock = simulatedClock()
const error = new Error('it broke')
const significant: Partial<ChildSpec> = { restart: 'transient', significant: true }

/** Two significant children and an ordinary one; `ends` is what the parent hears. */
const begin = async (autoShutdown: AutoShutdown, more: Partial<ChildSpec> = significant) => {
  const troupe = new Troupe()
  const ends: ExitReason[] = []
  const children = [
    troupe.spec('a', more),
    troupe.spec('b', more),
    troupe.spec('c', { restart: 'transient' }),
  ]
  const supervisor = new Supervisor({ name: 'top', clock, autoShutdown, children })
  await supervisor.start(reason => ends.push(reason))
  troupe.news()
  const end = async (id: string, reason: ExitReason): Promise<void> => {
    troupe.end(id, reason)
    await clock.advance(0)
  }
  return { troupe, ends, supervisor, end }
}

describe('autoShutdown', () => {
  test("'never' goes on without its children", async () => {
    const { ends, end } = await begin('never', { restart: 'transient' })
    for (const id of ['a', 'b', 'c']) await end(id, 'normal')
    expect(ends).toEqual([])
  })

  test("'any_significant' ends with the first significant child, the others in reverse order", async () => {
    const { ends, end, troupe } = await begin('any_significant')
    await end('c', 'normal')
    expect(ends).toEqual([])
    await end('a', 'normal')
    expect(ends).toEqual(['shutdown'])
    expect(troupe.news()).toEqual(['stop b (shutdown, 5000)'])
    expect(troupe.alive).toEqual([])
  })

  test("'all_significant' ends with the last significant child", async () => {
    const { ends, end, troupe } = await begin('all_significant')
    await end('b', { shutdown: 'done' })
    expect(ends).toEqual([])
    await end('a', 'normal')
    expect(ends).toEqual(['shutdown'])
    expect(troupe.news()).toEqual(['stop c (shutdown, 5000)'])
  })

  test('a significant child that crashes and is restarted does not count', async () => {
    const { ends, end, troupe } = await begin('any_significant')
    await end('a', error)
    expect(ends).toEqual([])
    expect(troupe.news()).toEqual(['start a'])
  })

  test.each<AutoShutdown>(['any_significant', 'all_significant'])(
    'of temporary children counts every end of theirs: %s',
    async autoShutdown => {
      const { ends, end } = await begin(autoShutdown, { restart: 'temporary', significant: true })
      await end('a', error)
      expect(ends).toHaveLength(autoShutdown === 'any_significant' ? 1 : 0)
      if (autoShutdown === 'all_significant') await end('b', 'kill')
      expect(ends).toEqual(['shutdown'])
    },
  )

  test('a child ended by its supervisor does not count, as in OTP', async () => {
    const { ends, supervisor } = await begin('any_significant')
    await supervisor.terminateChild('a')
    await clock.advance(0)
    expect(ends).toEqual([])
  })

  test('a significant child that is permanent is refused: it never ends for good', () => {
    const children = [new Troupe().spec('a', { significant: true })]
    expect(() => new Supervisor({ name: 'top', clock, autoShutdown: 'any_significant', children })).toThrow(
      expect.objectContaining({ code: 'PEEPER_BAD_OPTION', message: expect.stringContaining("'a'") }),
    )
  })
})

describe.each<AutoShutdown>(['never', 'any_significant', 'all_significant'])(
  'a server with %s',
  autoShutdown => {
    test('that ends by itself ends its branch, and with it its name, or keeps it', async () => {
      const engine = new Engine({ clock })
      const chronicle = new Chronicle(engine.events$)
      const callbacks = { call: { leave: () => stop('normal', { reply: 'bye' }), read: (n: number) => n } }
      const options = { name: 'one', state: 1, restart: 'transient', autoShutdown, callbacks } as const
      const server = await engine.start(options)
      await expect(server.call('leave')).resolves.toBe('bye')
      await clock.advance(0)
      const isKnown = autoShutdown === 'never'
      expect(engine.whereis('one')).toBe(isKnown ? server : undefined)
      expect(await settled(server.call('read'))).toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
      expect(await settled(engine.call('one', 'read'))).toMatchObject({
        code: isKnown ? 'PEEPER_SERVER_STOPPED' : 'PEEPER_NO_SUCH_SERVER',
      })
      expect(chronicle.types('one')).toEqual(['started', 'exited', 'stopped'])
      expect(engine.health().healthy).toBe(true)
      expect(engine.whichChildren()).toEqual([])
      expect(await (await engine.start(options)).call('read')).toBe(1)
      await engine.close()
    })
  },
)
