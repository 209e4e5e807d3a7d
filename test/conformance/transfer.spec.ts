import { describe, expect, test } from '@jest/globals'
import {
  noreply,
  Supervisor,
  type Callbacks,
  type Context,
  type ListenerMeta,
  type PeeperEvent,
  type Server,
  type ServerOptions,
  type Strategy,
} from 'nestjs-peeper/engine'
import { latch } from '../support/latch.js'
import { settled } from '../support/settled.js'
import { actor } from './actor.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  log: number[]
}

const callbacks: Callbacks = {
  call: {
    add: ({ log }: State, n: number) => log.push(n),
    slow: async ({ log }: State, n: number) => {
      await Promise.resolve()
      return log.push(n)
    },
    boom: ({ log }: State) => {
      log.length = 0
      throw new Error('boom')
    },
    read: ({ log }: State) => [...log],
  },
  cast: { add: ({ log }: State, n: number) => void log.push(n) },
}

describe.each(combinations)('transfer ($name)', combination => {
  const suite = conformance(combination)

  const plan = (name: string, more: Partial<ServerOptions> = {}): ServerOptions => ({
    name,
    state: { log: [] },
    maxRestarts: 0,
    callbacks,
    ...more,
  })

  /** `one` under `north`, and `south`, to which it may move. */
  const setUp = async (more: Partial<ServerOptions> = {}): Promise<Server> => {
    await suite.engine.startSupervisor({ name: 'north', children: [plan('one', more), plan('two')] })
    await suite.engine.startSupervisor({ name: 'south', children: [plan('three')] })
    return suite.engine.whereis('one') as Server
  }

  const ids = (supervisor: string): string[] => suite.engine.whichChildren(supervisor).map(({ id }) => id)

  const move = (from = 'north', to = 'south', name = 'one'): Promise<void> =>
    suite.engine.transfer(name, from, to)

  /** Kills the running life of a server: without restarts left its parent decides what follows. */
  const kill = async (name: string): Promise<void> => {
    suite.engine.whereis(name)?.exit('kill')
    await suite.clock.advance(0)
  }

  /** What happened, but for single lives. */
  const news = (): string[] =>
    suite.fixture.events
      .splice(0)
      .filter(({ type }) => type !== 'crashed' && type !== 'exited')
      .map(({ server, type }) => `${server} ${type}`)

  describe('of a server that runs', () => {
    test('puts it last under its new parent, and restarts nothing', async () => {
      const server = await setUp()
      await server.call('add', 1)
      news()
      await move()
      expect([ids('north'), ids('south')]).toEqual([['two'], ['three', 'one']])
      expect(suite.past('moved')).toEqual([{ type: 'moved', server: 'one', from: 'north', to: 'south' }])
      expect(news()).toEqual(['one moved'])
      expect(server.status()).toMatchObject({ status: 'running', worker: 1 })
      expect(await server.call('add', 2)).toBe(2)
      expect(suite.engine.countChildren('north')).toMatchObject({ specs: 1, active: 1 })
      expect(suite.engine.countChildren('south')).toMatchObject({ specs: 2, active: 2 })
      expect(suite.engine.whereis('one')).toBe(server)
    })

    test('goes to the root and from it, and keeps its id between named supervisors', async () => {
      await suite.engine.startSupervisor({ name: 'north' })
      await suite.engine.startSupervisor({ name: 'south' })
      await suite.engine.start(plan('one'), { supervisor: 'north', id: 'first' })
      await move('north', 'south')
      expect(ids('south')).toEqual(['first'])
      await move('south', 'root')
      expect([ids('south'), ids('root')]).toEqual([[], ['north', 'south', 'one']])
      await kill('one') // the root restarts nobody
      expect(suite.engine.whereis('one')?.status().status).toBe('down')
      await suite.engine.start('one')
      await move('root', 'north')
      expect(ids('root')).toEqual(['north', 'south'])
      await kill('one')
      expect(await suite.engine.call('one', 'add', 1)).toBe(1)
      expect(ids('north')).toEqual(['one'])
    })

    test('takes calls and casts all along, each once and in order', async () => {
      const server = await setUp({ maxRestarts: 1_000 })
      const answers: unknown[] = []
      let sent = 0
      const send = (): void => {
        for (let message = 0; message < 5; message += 1) {
          const n = (sent += 1)
          if (n % 3 === 0) server.cast('add', n)
          else answers.push(server.call(n % 3 === 1 ? 'add' : 'slow', n))
        }
      }
      const way = ['north', 'south', 'root']
      for (let round = 0; round < 30; round += 1) {
        send()
        const moving = move(way[round % 3], way[(round + 1) % 3])
        send()
        await Promise.resolve()
        send()
        await moving
      }
      await Promise.all(answers)
      const all = Array.from({ length: sent }, (_, index) => index + 1)
      expect(await server.call('read')).toEqual(all)
      expect(suite.letters).toEqual([])
      expect(server.status()).toMatchObject({ worker: 1, revision: 1 + sent })
    })

    test('leaves a call in flight and what is queued behind it alone', async () => {
      const ready = latch()
      const { server, act } = await actor(suite)
      await suite.engine.startSupervisor({ name: 'south' })
      const held = act(async (_, state) => {
        await ready.opened
        return (state.n += 1)
      })
      const queued = act((_, state) => (state.n += 1))
      await move('root', 'south', 'counter')
      expect(server.status().queued).toBe(1)
      ready.open()
      expect(await Promise.all([held, queued])).toEqual([1, 2])
      expect(server.status().worker).toBe(1)
    })

    test('takes its tables, its dictionary, its timers and its signal with it', async () => {
      const heard: unknown[] = []
      const { act } = await actor(suite, { callbacks: { info: { tick: (_, n) => void heard.push(n) } } })
      let signal: AbortSignal | undefined
      await act(async ctx => {
        signal = ctx.signal
        ctx.sendAfter(1_000, 'tick', 1)
        ctx.dictionary.set('a', 1)
        ;(await ctx.tables.open('bids', { keep: false })).set('ann', 5)
        ;(await ctx.tables.open('kept')).set('bob', 6)
      })
      await suite.engine.startSupervisor({ name: 'south' })
      await move('root', 'south', 'counter')
      await suite.clock.advance(1_000)
      expect([heard, signal?.aborted]).toEqual([[1], false])
      const see = async (ctx: Context): Promise<unknown> => [
        [...ctx.dictionary],
        [...(await ctx.tables.open('bids', { keep: false }))],
        [...(await ctx.tables.open('kept'))],
      ]
      expect(await act(see)).toEqual([[['a', 1]], [['ann', 5]], [['bob', 6]]])
      await kill('counter')
      expect(await act(see)).toEqual([[['a', 1]], [], [['bob', 6]]])
    })

    test('keeps its listeners, its subscribers and those who monitor it', async () => {
      const told: unknown[] = []
      const listener = {
        onStateChanged: (_: unknown, { log }: State, { revision }: ListenerMeta) =>
          void told.push([log.length, revision]),
      }
      const server = await setUp({ listener: listener as never })
      const [changes, events]: [unknown[], PeeperEvent[]] = [[], []]
      server.changes$.subscribe(state => changes.push(state))
      server.events$.subscribe(event => events.push(event))
      const monitor = suite.engine.monitor('one')
      await server.call('add', 1)
      await move()
      await server.call('add', 2)
      expect(told).toEqual([
        [1, 2],
        [2, 3],
      ])
      expect(changes).toEqual([{ log: [1] }, { log: [1, 2] }])
      await kill('one')
      expect(await monitor.down).toMatchObject({ worker: 1, reason: 'kill' })
      expect(events.map(({ type }) => type)).toEqual(['moved', 'crashed', 'down', 'started'])
    })

    test('keeps the restarts it has left', async () => {
      const server = await setUp({ maxRestarts: 2 })
      await settled(server.call('boom'))
      await suite.clock.advance(0)
      await move()
      expect(server.status().restartsLeft).toBe(1)
      news()
      for (let crash = 0; crash < 2; crash += 1) await kill('one')
      expect(news()).toEqual(['one started', 'one down', 'one started'])
    })

    test('moves while its worker restarts', async () => {
      const ready = latch()
      const init = (_: unknown, ctx: Context): unknown => (ctx.restarts > 0 ? ready.opened : undefined)
      const server = await setUp({ maxRestarts: 5, callbacks: { ...callbacks, init } })
      await kill('one')
      const asked = server.call('add', 1)
      await move()
      expect([ids('south'), server.status().status]).toEqual([['three', 'one'], 'restarting'])
      ready.open()
      expect(await asked).toBe(1)
    })

    test('is moved by a message of its own', async () => {
      await setUp({
        callbacks: { call: { go: () => move() } },
      })
      await suite.engine.call('one', 'go')
      expect(ids('south')).toEqual(['three', 'one'])
    })

    test('to where it is already does nothing', async () => {
      await setUp()
      news()
      await move('north', 'north')
      expect([ids('north'), news()]).toEqual([['one', 'two'], []])
    })
  })

  describe('from then on', () => {
    test('its new parent restarts it, in its own window, and the old one knows nothing of it', async () => {
      await suite.engine.startSupervisor({
        name: 'north',
        maxRestarts: 0,
        children: [plan('one'), plan('two')],
      })
      await suite.engine.startSupervisor({ name: 'south', maxRestarts: 1, children: [plan('three')] })
      await move()
      news()
      await kill('one')
      expect(news()).toEqual(['one down', 'one started'])
      await kill('three')
      expect(news()).toEqual([...['three down', 'one stopped', 'south supervisor-down'], 'one down'])
      expect([...suite.engine.health().down].sort()).toEqual(['one', 'south', 'three'])
      await suite.engine.restartChild('root', 'south')
      expect([ids('south'), suite.engine.health().healthy]).toEqual([['three', 'one'], true])
      await suite.engine.terminateChild('root', 'north')
      expect(await suite.engine.call('one', 'read')).toEqual([])
    })

    test.each([
      ['rest_for_one' as const, 'three', ['three down', 'one stopped', 'three started', 'one started']],
      ['rest_for_one' as const, 'one', ['one down', 'one started']],
      ['one_for_all' as const, 'one', ['one down', 'three stopped', 'three started', 'one started']],
    ])('%s counts it last in start order: %s crashes', async (strategy, crashing, happens) => {
      await suite.engine.startSupervisor({ name: 'north', strategy, children: [plan('one'), plan('two')] })
      await suite.engine.startSupervisor({ name: 'south', strategy, children: [plan('three')] })
      await move()
      news()
      await kill(crashing)
      expect(news()).toEqual(happens)
      await kill('two')
      expect(news()).toEqual(['two down', 'two started'])
    })

    test('it is ended, restarted and forgotten there, and nowhere else', async () => {
      const { engine } = suite
      const server = await setUp()
      await server.call('add', 1)
      await move()
      await expect(engine.terminateChild('north', 'one')).rejects.toMatchObject({
        code: 'PEEPER_NO_SUCH_SERVER',
      })
      await engine.terminateChild('south', 'one')
      expect(server.status().status).toBe('stopped')
      await engine.restartChild('south', 'one')
      expect(await server.call('read')).toEqual([1])
      await server.stop()
      await engine.start('one')
      expect(ids('south')).toEqual(['three', 'one'])
      await engine.terminateChild('south', 'one')
      engine.deleteChild('south', 'one')
      expect([engine.whereis('one'), ids('south')]).toEqual([undefined, ['three']])
    })

    test('the place it left is free, and so is its name there', async () => {
      await suite.engine.startSupervisor({ name: 'north', maxChildren: 1 })
      await suite.engine.startSupervisor({ name: 'south' })
      await suite.engine.start(plan('one'), { supervisor: 'north', id: 'only' })
      await move()
      await suite.engine.start(plan('other'), { supervisor: 'north', id: 'only' })
      expect([ids('north'), ids('south')]).toEqual([['only'], ['only']])
    })

    test('its end counts for autoShutdown there, if it did before; that it left did not', async () => {
      const significant = { server: plan('one', { restart: 'transient' }), significant: true }
      const autoShutdown = 'any_significant' as const
      await suite.engine.startSupervisor({
        name: 'north',
        autoShutdown,
        children: [significant, plan('two')],
      })
      await suite.engine.startSupervisor({ name: 'south', autoShutdown, children: [plan('three')] })
      await move()
      expect(ids('root')).toEqual(['north', 'south'])
      await suite.engine.whereis('one')?.stop()
      await suite.clock.advance(0)
      expect(ids('root')).toEqual(['north'])
      expect(suite.engine.whereis('three')?.status().status).toBe('stopped')
    })
  })

  describe('of a server that does not run', () => {
    test.each<[string, (server: Server) => unknown]>([
      ['stopped by its client', server => server.stop()],
      ['terminated', () => suite.engine.terminateChild('north', 'one')],
      ['terminated with its supervisor', () => suite.engine.terminateChild('root', 'north')],
      ['temporary, and ended', server => server.stop()],
    ])('moves its place: %s', async (how, end) => {
      const server = await setUp(how.startsWith('temporary') ? { restart: 'temporary' } : {})
      await server.call('add', 1)
      await end(server)
      await suite.clock.advance(0)
      await move()
      expect(server.status().status).toBe('stopped')
      expect(suite.past('moved')).toHaveLength(1)
      await suite.engine.start('one')
      expect([ids('north'), ids('south')]).toEqual([['two'], ['three', 'one']])
      expect(await server.call('read')).toEqual([1])
    })

    test('moves the place of one that is down: out of a supervisor that gave up, and out of the root', async () => {
      await suite.engine.startSupervisor({
        name: 'north',
        maxRestarts: 0,
        children: [plan('one'), plan('two')],
      })
      await suite.engine.startSupervisor({ name: 'south' })
      await suite.engine.start(plan('four'))
      await kill('two')
      await kill('four')
      expect([...suite.engine.health().down].sort()).toEqual(['four', 'north', 'one', 'two'])
      await move()
      await move('root', 'south', 'four')
      for (const name of ['four', 'one']) await suite.engine.start(name)
      expect(ids('south')).toEqual(['one', 'four'])
      expect([...suite.engine.health().down].sort()).toEqual(['north', 'two'])
      await suite.engine.restartChild('root', 'north')
      expect(ids('north')).toEqual(['two'])
    })

    test('comes back under the root too', async () => {
      await setUp()
      await suite.engine.terminateChild('north', 'one')
      await move('north', 'root')
      expect([ids('north'), ids('root')]).toEqual([['two'], ['north', 'south']])
      await suite.engine.restartChild('root', 'one')
      expect(ids('root')).toEqual(['north', 'south', 'one'])
    })
  })

  describe('refused, it goes on where it was', () => {
    const cases: [string, string, () => Promise<unknown>][] = [
      ['a server that nobody knows', 'PEEPER_NO_SUCH_SERVER', () => move('north', 'south', 'nobody')],
      ['a source that nobody knows', 'PEEPER_NO_SUCH_SUPERVISOR', () => move('east')],
      ['a target that nobody knows', 'PEEPER_NO_SUCH_SUPERVISOR', () => move('north', 'east')],
      ['another source', 'PEEPER_NOT_A_CHILD', () => move('south', 'root')],
      ['the root as the source', 'PEEPER_NOT_A_CHILD', () => move('root')],
      ['a source and target where it is not', 'PEEPER_NOT_A_CHILD', () => move('south', 'south')],
      ['a supervisor', 'PEEPER_BAD_OPTION', () => move('root', 'south', 'north')],
      ['a family', 'PEEPER_BAD_OPTION', () => move('root', 'south', 'lot')],
      ['a keyed server', 'PEEPER_BAD_OPTION', () => move('root', 'south', 'lot/42')],
      ['no name at all', 'PEEPER_NO_SUCH_SERVER', () => move('root', 'south', null as never)],
      ['a target that is full', 'PEEPER_MAX_CHILDREN', () => move('north', 'full')],
      ['a target that was ended', 'PEEPER_SUPERVISOR_DOWN', () => move('north', 'ended')],
      ['a target that gave up', 'PEEPER_SUPERVISOR_DOWN', () => move('north', 'fallen')],
      ['a target under one that was ended', 'PEEPER_SUPERVISOR_DOWN', () => move('north', 'inner')],
      ['an id that is taken', 'PEEPER_DUPLICATE_CHILD', () => move('north', 'taken')],
      [
        'an id of one that has ended and may come back',
        'PEEPER_DUPLICATE_CHILD',
        () => move('north', 'left', 'nine'),
      ],
      ['an id that a supervisor has', 'PEEPER_DUPLICATE_CHILD', () => move('north', 'outer', 'nine')],
      ['one that is not started', 'PEEPER_SERVER_NOT_STARTED', () => move('root', 'south', 'new')],
    ]

    test.each(cases)('%s', async (_, code, refused) => {
      const { engine } = suite
      await setUp()
      await engine.startSupervisor({ name: 'full', maxChildren: 1, children: [plan('four')] })
      await engine.startSupervisor({ name: 'ended', children: [{ name: 'inner' }] })
      await engine.terminateChild('root', 'ended')
      await engine.startSupervisor({ name: 'fallen', maxRestarts: 0, children: [plan('five')] })
      await kill('five')
      await engine.startSupervisor({ name: 'taken', children: [{ server: plan('six'), id: 'one' }] })
      await engine.startSupervisor({ name: 'outer', children: [{ name: 'seven' }] })
      await engine.startSupervisor({ name: 'left' })
      await engine.start(plan('ten', { restart: 'temporary' }), { supervisor: 'left', id: 'seven' })
      await engine.whereis('ten')?.stop()
      await engine.transfer('two', 'north', 'south')
      engine.declare(plan('new'))
      await engine.start(plan('nine'), { supervisor: 'north', id: 'seven' })
      const lots = engine.family({ name: 'lot', state: 0, callbacks: { call: { read: n => n } } })
      await lots.for('42').call('read')
      const before = [ids('north'), ids('south'), ids('root')]
      news()
      const error = await settled(refused())
      expect(error).toMatchObject({ code })
      expect([ids('north'), ids('south'), ids('root')]).toEqual(before)
      expect(news()).toEqual([])
      expect(await engine.call('one', 'add', 1)).toBe(1)
      await kill('one')
      expect(news()).toEqual(['one down', 'one started'])
      expect(ids('north')).toEqual(['one', 'seven'])
    })

    test('the error says where it is', async () => {
      await setUp()
      await expect(move('south', 'root')).rejects.toThrow(
        /'one' is not under supervisor 'south', but under 'north'/,
      )
    })

    test('a server of a supervisor of one’s own', async () => {
      await suite.engine.startSupervisor({ name: 'south' })
      const own = new Supervisor({
        name: 'own',
        clock: suite.clock,
        children: [suite.engine.child(plan('one'))],
      })
      await own.start()
      expect(await settled(move('root', 'south'))).toMatchObject({ code: 'PEEPER_NOT_A_CHILD' })
      expect(await suite.engine.call('one', 'read')).toEqual([])
      await own.stop()
    })

    test('once the engine closes; a message that was accepted may still move one', async () => {
      const ready = latch()
      const server = await setUp({
        callbacks: {
          call: {
            go: async () => {
              await ready.opened
              await move()
              return ids('south')
            },
          },
        },
      })
      const going = server.call('go')
      const closed = suite.engine.close()
      await suite.clock.advance(0)
      const late = move('south', 'north', 'three')
      ready.open()
      expect(await going).toEqual(['three', 'one'])
      await closed
      expect(await settled(late)).toMatchObject({ code: 'PEEPER_SERVER_CLOSING' })
      expect(await settled(move())).toMatchObject({ code: 'PEEPER_SERVER_CLOSING' })
    })
  })

  describe('waits for what is under way', () => {
    /** A server whose `init` waits from the second start of its branch on, until it is let. */
    const slow = (name: string, ready: Promise<void>, begun: { starts: number }): ServerOptions =>
      plan(name, {
        callbacks: {
          ...callbacks,
          init: async () => {
            begun.starts += 1
            if (begun.starts > 1) await ready
            return noreply()
          },
        },
      })

    const isOpen = async (promise: Promise<unknown>): Promise<boolean> => {
      let open = true
      const close = (): void => {
        open = false
      }
      promise.then(close, close)
      await suite.clock.advance(0)
      return open
    }

    /** `one` is under north, beside `two`, which waits for `ready` to start again. */
    const besideRestarting = async (
      ready: Promise<void>,
      strategy: Strategy = 'one_for_one',
    ): Promise<void> => {
      const children = [slow('two', ready, { starts: 0 }), plan('one')]
      await suite.engine.startSupervisor({ name: 'north', strategy, children })
      await suite.engine.startSupervisor({ name: 'south' })
      await kill('two')
    }

    test('a restart by its supervisor', async () => {
      const ready = latch()
      await suite.engine.startSupervisor({
        name: 'north',
        children: [slow('one', ready.opened, { starts: 0 })],
      })
      await suite.engine.startSupervisor({ name: 'south' })
      await kill('one')
      const moving = move()
      expect([await isOpen(moving), ids('north')]).toEqual([true, ['one']])
      ready.open()
      await moving
      expect([ids('north'), ids('south')]).toEqual([[], ['one']])
      expect(await suite.engine.call('one', 'add', 1)).toBe(1)
    })

    test('the restart of all its siblings with it', async () => {
      const ready = latch()
      await besideRestarting(ready.opened, 'one_for_all')
      const moving = move()
      expect([await isOpen(moving), suite.engine.whereis('one')?.status().status]).toEqual([true, 'stopped'])
      ready.open()
      await moving
      expect(ids('south')).toEqual(['one'])
      expect(await suite.engine.call('one', 'add', 1)).toBe(1)
    })

    test('its end and the restart of its supervisor by the one above', async () => {
      const ready = latch()
      await suite.engine.startSupervisor({
        name: 'top',
        children: [
          {
            name: 'north',
            maxRestarts: 0,
            children: [slow('two', ready.opened, { starts: 0 }), plan('one')],
          },
        ],
      })
      await suite.engine.startSupervisor({ name: 'south' })
      await kill('two')
      const moving = move()
      expect(await isOpen(moving)).toBe(true)
      ready.open()
      await moving
      expect([ids('north'), ids('south')]).toEqual([['two'], ['one']])
      expect(await suite.engine.call('one', 'add', 1)).toBe(1)
    })

    test('the restart of its supervisor with the siblings of that', async () => {
      const ready = latch()
      await suite.engine.startSupervisor({
        name: 'top',
        strategy: 'one_for_all',
        children: [slow('two', ready.opened, { starts: 0 }), { name: 'north', children: [plan('one')] }],
      })
      await suite.engine.startSupervisor({ name: 'south' })
      await kill('two')
      const moving = move() // north has ended, and its turn to start is to come
      expect(await isOpen(moving)).toBe(true)
      ready.open()
      await moving
      expect([ids('north'), ids('south')]).toEqual([[], ['one']])
      expect(await suite.engine.call('one', 'add', 1)).toBe(1)
    })

    test('the news of its end, while its supervisor is busy with a sibling', async () => {
      const ready = latch()
      await besideRestarting(ready.opened)
      await kill('one')
      const moving = move()
      expect([await isOpen(moving), ids('south')]).toEqual([true, []])
      ready.open()
      await moving
      expect([ids('north'), ids('south')]).toEqual([['two'], ['one']])
      news()
      await kill('one')
      expect(news()).toEqual(['one down', 'one started'])
      expect(suite.engine.countChildren('south')).toMatchObject({ specs: 1, active: 1 })
    })

    test('the start of its target, and goes on where it was if that fails', async () => {
      const ready = latch()
      await setUp()
      const init = async (): Promise<never> => {
        await ready.opened
        throw new Error('no disk')
      }
      const bad = plan('bad', { init: { retries: 0 }, callbacks: { init } })
      const starting = settled(
        suite.engine.startSupervisor({ name: 'east', children: [{ name: 'inner' }, bad] }),
      )
      await suite.clock.advance(0)
      const moves = [settled(move('north', 'east')), settled(move('north', 'inner', 'two'))]
      expect(await isOpen(Promise.race(moves))).toBe(true)
      ready.open()
      expect(await starting).toMatchObject({ code: 'PEEPER_INIT_FAILED' })
      for (const moving of moves) expect(await moving).toMatchObject({ code: 'PEEPER_NO_SUCH_SUPERVISOR' })
      expect(ids('north')).toEqual(['one', 'two'])
      expect(await suite.engine.call('two', 'add', 1)).toBe(1)
    })

    test('not for a sibling that is slow to restart', async () => {
      const ready = latch()
      await besideRestarting(ready.opened)
      await move()
      expect([ids('north'), ids('south')]).toEqual([['two'], ['one']])
      await kill('one')
      expect(await suite.engine.call('one', 'add', 1)).toBe(1)
      ready.open()
    })

    test('the first of several moves: the others find it gone', async () => {
      await setUp()
      const [first, second] = [move(), settled(move('north', 'root'))]
      await first
      expect(await second).toMatchObject({ code: 'PEEPER_NOT_A_CHILD' })
      expect([ids('south'), ids('root')]).toEqual([
        ['three', 'one'],
        ['north', 'south'],
      ])
    })
  })
})
