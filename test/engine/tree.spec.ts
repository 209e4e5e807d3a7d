import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Engine,
  stop,
  type Context,
  type Server,
  type ServerOptions,
  type SupervisorChild,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { latch } from '../support/latch.js'
import { settled } from '../support/settled.js'

let clock: SimulatedClock
let engine: Engine
let chronicle: Chronicle

beforeEach(() => {
  clock = simulatedClock()
  engine = new Engine({ clock })
  chronicle = new Chronicle(engine.events$)
})

afterEach(() => engine.close())

/** A counter that may not restart by itself, unless said. */
const counter = (name: string, more: Partial<ServerOptions> = {}): ServerOptions => ({
  name,
  state: { n: 0 },
  maxRestarts: 0,
  callbacks: {
    call: {
      inc: (state: { n: number }) => (state.n += 1),
      leave: () => stop('normal', { reply: 'bye' }),
    },
  },
  ...more,
})

const crash = async (name: string): Promise<void> => {
  engine.whereis(name)?.exit('kill')
  await clock.advance(0)
}

/** What happened, without starts and crashes of single lives. */
const news = (): string[] =>
  chronicle.events
    .splice(0)
    .filter(({ type }) => type !== 'crashed' && type !== 'exited')
    .map(({ server, type }) => `${server} ${type}`)

const statusOf = (name: string): string => (engine.whereis(name) as Server).status().status

const ids = (supervisor?: string): string[] => engine.whichChildren(supervisor).map(({ id }) => id)

describe('a supervisor started at run time', () => {
  test('starts its children in their order, supervisors among them, and ends them in the reverse one', async () => {
    await engine.startSupervisor({
      name: 'top',
      children: [counter('a'), { name: 'inner', children: [counter('b'), counter('c')] }, counter('d')],
    })
    expect(news()).toEqual([
      ...['a started', 'b started', 'c started', 'inner supervisor-started', 'd started'],
      'top supervisor-started',
    ])
    expect(ids()).toEqual(['top'])
    expect(ids('top')).toEqual(['a', 'inner', 'd'])
    expect(ids('inner')).toEqual(['b', 'c'])
    await engine.terminateChild('root', 'top')
    expect(news()).toEqual([
      ...['d stopped', 'c stopped', 'b stopped', 'inner supervisor-stopped', 'a stopped'],
      'top supervisor-stopped',
    ])
  })

  test('grows: supervisors under it, servers under those, to any depth', async () => {
    await engine.startSupervisor({ name: 'one' })
    await engine.startSupervisor({ name: 'two', supervisor: 'one' })
    await engine.startSupervisor({ name: 'three', supervisor: 'two' })
    const server = await engine.start(counter('leaf'), { supervisor: 'three', id: 'first' })
    expect(await server.call('inc')).toBe(1)
    expect([ids(), ids('one'), ids('two'), ids('three')]).toEqual([['one'], ['two'], ['three'], ['first']])
    expect(engine.countChildren('three')).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 })
  })

  test('holds the same options several times, by id; names are unique', async () => {
    await engine.startSupervisor({ name: 'top' })
    for (const n of [1, 2, 3]) await engine.start(counter(`c${n}`), { supervisor: 'top', id: `id${n}` })
    expect(ids('top')).toEqual(['id1', 'id2', 'id3'])
    await expect(engine.start(counter('c4'), { supervisor: 'top', id: 'id1' })).rejects.toMatchObject({
      code: 'PEEPER_DUPLICATE_CHILD',
    })
    await expect(engine.start(counter('c1'), { supervisor: 'top', id: 'id5' })).rejects.toMatchObject({
      code: 'PEEPER_ALREADY_STARTED',
    })
    expect(engine.whereis('c4')).toBeUndefined()
  })

  test.each([
    ['a server', () => engine.startSupervisor({ name: 'a' })],
    ['a supervisor', () => engine.startSupervisor({ name: 'top' })],
    ['the root', () => engine.startSupervisor({ name: 'root' })],
    ['a supervisor, of a server', () => engine.start(counter('top'))],
    ['the root, of a server', () => engine.start(counter('root'))],
  ])('shares one namespace with servers: the name of %s is taken', async (_, start) => {
    await engine.startSupervisor({ name: 'top', children: [counter('a')] })
    await expect(start()).rejects.toMatchObject({ code: 'PEEPER_ALREADY_STARTED' })
    expect(ids()).toEqual(['top'])
  })

  test.each<[string, SupervisorChild[]]>([
    ['one that cannot start', [{ ...counter('bad'), init: { retries: 0 }, callbacks: { init: fail } }]],
    ['one of a taken name, deep in it', [{ name: 'inner', children: [counter('b'), counter('taken')] }]],
    ['one that nobody declared', ['nobody']],
    ['two of one id', [counter('b'), { server: counter('c'), id: 'b' }]],
    ['one with a bad option', [{ name: 'inner', maxSeconds: 0 }]],
  ])('leaves nothing behind if a child cannot start: %s', async (_, children) => {
    await engine.start(counter('taken'))
    const start = engine.startSupervisor({ name: 'top', children: [counter('a'), ...children] })
    await expect(start).rejects.toMatchObject({ code: expect.stringMatching(/^PEEPER_/) })
    expect(ids()).toEqual(['taken'])
    expect(engine.servers().map(({ name }) => name)).toEqual(['taken'])
    await engine.startSupervisor({ name: 'top', children: [counter('a'), { name: 'inner' }] })
    expect(engine.health().healthy).toBe(true)
  })

  test('takes a declared server by its name', async () => {
    const server = engine.declare(counter('a'))
    await engine.startSupervisor({ name: 'top', children: ['a'] })
    expect(await server.call('inc')).toBe(1)
    expect([ids(), ids('top')]).toEqual([['top'], ['a']])
  })

  test.each([
    ['supervisor', () => engine.start(counter('b'), { supervisor: 'nobody' })],
    ['startSupervisor', () => engine.startSupervisor({ name: 'b', supervisor: 'nobody' })],
    ['terminateChild', () => engine.terminateChild('nobody', 'a')],
    ['restartChild', () => engine.restartChild('nobody', 'a')],
    ['whichChildren', async () => engine.whichChildren('nobody')],
  ])('has to be known: %s', async (_, ask) => {
    await expect((async () => ask())()).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_SUPERVISOR' })
    expect(engine.servers()).toEqual([])
  })

  test('starts nothing once the engine closes', async () => {
    await engine.close()
    await expect(engine.startSupervisor({ name: 'top' })).rejects.toMatchObject({
      code: 'PEEPER_SERVER_CLOSING',
    })
  })
})

describe('children of a supervisor', () => {
  test('are terminated, restarted with their state, and deleted', async () => {
    await engine.startSupervisor({ name: 'top', children: [counter('a'), counter('b')] })
    const server = engine.whereis('a') as Server
    await server.call('inc')
    expect(() => engine.deleteChild('top', 'a')).toThrow(
      expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }),
    )
    await engine.terminateChild('top', 'a')
    expect(await settled(server.call('inc'))).toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
    expect(engine.countChildren('top')).toMatchObject({ specs: 2, active: 1 })
    await engine.restartChild('top', 'a')
    expect(await server.call('inc')).toBe(2)
    expect(ids('top')).toEqual(['a', 'b'])
    await engine.terminateChild('top', 'a')
    engine.deleteChild('top', 'a')
    expect([ids('top'), engine.whereis('a')]).toEqual([['b'], undefined])
    await engine.start(counter('a'), { supervisor: 'top' })
    expect(ids('top')).toEqual(['b', 'a'])
  })

  test('that are supervisors go and come with all that is under them', async () => {
    await engine.startSupervisor({ name: 'top', children: [{ name: 'inner', children: [counter('a')] }] })
    await engine.call('a', 'inc')
    await engine.terminateChild('top', 'inner')
    expect(statusOf('a')).toBe('stopped')
    await expect(engine.start('a')).rejects.toMatchObject({ code: 'PEEPER_SUPERVISOR_DOWN' })
    await engine.restartChild('top', 'inner')
    expect(await engine.call('a', 'inc')).toBe(2)
    await engine.terminateChild('top', 'inner')
    engine.deleteChild('top', 'inner')
    expect(engine.servers()).toEqual([])
    await engine.startSupervisor({ name: 'inner', children: [counter('a')] })
  })

  test('of the root too', async () => {
    await engine.start(counter('a'))
    await engine.call('a', 'inc')
    await engine.terminateChild('root', 'a')
    await engine.terminateChild('root', 'a')
    await engine.restartChild('root', 'a')
    expect(await engine.call('a', 'inc')).toBe(2)
    await expect(engine.terminateChild('root', 'b')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_SERVER' })
  })

  test('that are stopped by their client stay stopped, and start again at their place', async () => {
    await engine.startSupervisor({ name: 'top', children: [counter('a'), counter('b')] })
    await engine.whereis('a')?.stop()
    await clock.advance(0)
    expect(engine.countChildren('top')).toMatchObject({ specs: 2, active: 1 })
    await engine.start('a')
    await clock.advance(0)
    expect([statusOf('a'), ids('top')]).toEqual(['running', ['a', 'b']])
    await expect(engine.start('b', { supervisor: 'top' })).rejects.toMatchObject({
      code: 'PEEPER_ALREADY_STARTED',
    })
  })

  test('that were stopped and started again are not ended by the late news of their end', async () => {
    const ready = latch()
    const init = (_: unknown, ctx: Context): unknown => (ctx.restarts > 0 ? ready.opened : undefined)
    const slow: ServerOptions = { name: 'slow', maxRestarts: 0, callbacks: { init } }
    await engine.startSupervisor({ name: 'top', children: [counter('a'), slow] })
    await crash('slow') // from here on its supervisor is busy
    await engine.whereis('a')?.stop()
    await engine.start('a')
    ready.open()
    await clock.advance(0)
    expect([statusOf('a'), statusOf('slow'), engine.countChildren('top').active]).toEqual([
      'running',
      'running',
      2,
    ])
  })

  test('that are started by name while their supervisor is brought back live once, and keep what they answered', async () => {
    const seen: number[] = []
    const init = async (_: unknown, { restarts }: Context): Promise<void> => {
      seen.push(restarts)
      await Promise.resolve()
    }
    const slow = counter('slow', { callbacks: { ...counter('slow').callbacks, init } })
    await engine.startSupervisor({ name: 'top', children: [counter('a'), slow] })
    await engine.terminateChild('root', 'top')
    seen.length = 0
    const back = engine.restartChild('root', 'top')
    await engine.start('slow')
    const answer = await engine.call('slow', 'inc')
    await back
    await clock.advance(0)
    expect(await engine.call('slow', 'inc')).toBe(Number(answer) + 1)
    expect(seen).toHaveLength(1)
  })

  test('that are terminated while their supervisor is brought back: those that are then forgotten do not start', async () => {
    const init = (): Promise<void> => Promise.resolve()
    const slow: ServerOptions = { name: 'slow', callbacks: { init } }
    const brief = counter('brief', { restart: 'temporary' })
    await engine.startSupervisor({ name: 'top', children: [slow, brief] })
    await engine.terminateChild('root', 'top')
    const back = engine.restartChild('root', 'top') // slow comes first
    await engine.terminateChild('top', 'brief')
    await back
    expect([ids('top'), statusOf('brief')]).toEqual([['slow'], 'stopped'])
    await engine.start('brief')
    await engine.terminateChild('root', 'top')
    const again = [engine.terminateChild('top', 'slow'), engine.terminateChild('top', 'brief')]
    await Promise.all([...again, engine.restartChild('root', 'top')])
    expect(ids('top').filter(id => statusOf(id) === 'running')).toEqual(
      ['slow', 'brief'].filter(name => statusOf(name) === 'running'),
    )
  })

  test('are no more than maxChildren at a time', async () => {
    await engine.startSupervisor({ name: 'top', maxChildren: 2, children: [counter('a')] })
    await engine.start(counter('b'), { supervisor: 'top' })
    const third = (): Promise<Server> => engine.start(counter('c'), { supervisor: 'top' })
    await expect(third()).rejects.toMatchObject({ code: 'PEEPER_MAX_CHILDREN' })
    expect(engine.whereis('c')).toBeUndefined()
    await engine.terminateChild('top', 'a')
    await third()
    await expect(engine.restartChild('top', 'a')).rejects.toMatchObject({ code: 'PEEPER_MAX_CHILDREN' })
    await expect(
      engine.startSupervisor({ name: 'small', maxChildren: 0, children: [counter('d')] }),
    ).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
  })
})

describe('a server that spent its budget', () => {
  test('is restarted by its supervisor, with its state, and stays down under the root', async () => {
    await engine.start(counter('alone'))
    await engine.startSupervisor({ name: 'top', children: [counter('a')] })
    await engine.call('a', 'inc')
    news()
    await crash('alone')
    await crash('a')
    expect(news()).toEqual(['alone down', 'a down', 'a started'])
    expect(await engine.call('a', 'inc')).toBe(2)
    expect(engine.health()).toEqual({ healthy: false, down: ['alone'] })
  })

  test('restarts those after it too: rest_for_one', async () => {
    const children = ['a', 'b', 'c'].map(name => counter(name))
    await engine.startSupervisor({ name: 'top', strategy: 'rest_for_one', children })
    news()
    await crash('b')
    expect(news()).toEqual(['b down', 'c stopped', 'b started', 'c started'])
  })

  test('is not restarted when it is temporary', async () => {
    await engine.startSupervisor({ name: 'top', children: [counter('a', { restart: 'temporary' })] })
    await crash('a')
    expect([statusOf('a'), ids('top')]).toEqual(['stopped', []])
    await engine.start('a')
    expect(ids('top')).toEqual(['a'])
  })
})

describe('escalation', () => {
  const children: SupervisorChild[] = [
    counter('first'),
    { name: 'inner', maxRestarts: 1, children: [counter('a'), counter('b')] },
  ]

  test('a supervisor that spent its budget ends its children in reverse order and is restarted by its parent', async () => {
    await engine.startSupervisor({ name: 'top', children })
    await engine.call('b', 'inc')
    await crash('a')
    news()
    await crash('a')
    expect(news()).toEqual([
      ...['a down', 'b stopped', 'inner supervisor-down'],
      ...['a started', 'b started', 'inner supervisor-started'],
    ])
    expect(await engine.call('b', 'inc')).toBe(2)
    expect(engine.health()).toEqual({ healthy: true, down: [] })
  })

  test('at the root it is down, all its servers with it, and restartChild brings all back with their states', async () => {
    await engine.start(counter('bystander'))
    await engine.startSupervisor({ name: 'top', maxRestarts: 0, children })
    const first = engine.whereis('first') as Server
    await Promise.all(['a', 'b', 'first'].map(name => engine.call(name, 'inc')))
    await crash('a')
    await crash('a')
    const down = ['first', 'a', 'b', 'top', 'inner']
    expect([...engine.health().down].sort()).toEqual([...down].sort())
    expect(await settled(first.call('inc'))).toMatchObject({
      code: 'PEEPER_SERVER_DOWN',
      reason: { code: 'PEEPER_RESTART_INTENSITY' },
    })
    expect(ids()).toEqual(['bystander'])
    await expect(engine.start('first')).rejects.toMatchObject({ code: 'PEEPER_SUPERVISOR_DOWN' })
    await expect(engine.start('a')).rejects.toMatchObject({ code: 'PEEPER_SUPERVISOR_DOWN' })
    await engine.restartChild('root', 'top')
    expect(engine.health()).toEqual({ healthy: true, down: [] })
    expect(await Promise.all(['a', 'b', 'first'].map(name => engine.call(name, 'inc')))).toEqual([2, 2, 2])
    expect(ids()).toEqual(['bystander', 'top'])
  })

  test('a server that ended as it should is not called down', async () => {
    await engine.startSupervisor({
      name: 'top',
      maxRestarts: 0,
      children: [counter('done', { restart: 'transient' }), counter('a')],
    })
    await engine.call('done', 'leave')
    await clock.advance(0)
    await crash('a')
    expect(engine.health().down).toEqual(['a', 'top'])
    expect(statusOf('done')).toBe('stopped')
  })

  test('a supervisor that cannot be brought back is down as before', async () => {
    let broken = false
    const init = (): void => {
      if (broken) throw new Error('no disk')
    }
    const bad: ServerOptions = { name: 'bad', maxRestarts: 0, init: { retries: 0 }, callbacks: { init } }
    await engine.startSupervisor({ name: 'top', children: [counter('good'), bad] })
    broken = true
    await crash('bad')
    expect([...engine.health().down].sort()).toEqual(['bad', 'good', 'top'])
    await expect(engine.restartChild('root', 'top')).rejects.toMatchObject({ code: 'PEEPER_INIT_FAILED' })
    expect([...engine.health().down].sort()).toEqual(['bad', 'good', 'top'])
    broken = false
    await engine.restartChild('root', 'top')
    expect(engine.health().healthy).toBe(true)
  })
})

describe('autoShutdown', () => {
  const leaving = counter('leaving', { restart: 'transient' })

  test('ends a supervisor with its significant child; the others are stopped, not down', async () => {
    await engine.startSupervisor({
      name: 'top',
      autoShutdown: 'any_significant',
      children: [counter('a'), { server: leaving, significant: true }],
    })
    await engine.call('leaving', 'leave')
    await clock.advance(0)
    expect(ids()).toEqual([])
    expect([statusOf('a'), statusOf('leaving')]).toEqual(['stopped', 'stopped'])
    expect(engine.health().healthy).toBe(true)
    expect(chronicle.types('top')).toEqual(['supervisor-started', 'supervisor-stopped'])
  })

  test('of a permanent server is refused', async () => {
    const children = [{ server: counter('a'), significant: true }]
    await expect(engine.startSupervisor({ name: 'top', children })).rejects.toMatchObject({
      code: 'PEEPER_BAD_OPTION',
      message: expect.stringContaining('significant'),
    })
  })
})

function fail(): never {
  throw new Error('no disk')
}
