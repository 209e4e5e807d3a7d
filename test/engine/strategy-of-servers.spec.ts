import { expect, test } from '@jest/globals'
import { type ChildSpec, Engine, type Server, type Strategy, Supervisor } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'

const clock = simulatedClock()

const fragile = (engine: Engine, name: string): ChildSpec =>
  engine.child({
    name,
    state: 0,
    maxRestarts: 0,
    callbacks: {
      call: {
        inc: (n: number) => n,
        fail: () => {
          throw new Error('it broke')
        },
      },
      cast: { add: () => undefined },
      terminate: () => undefined,
    },
  })

// Three servers that may not restart by themselves: when the second crashes, its supervisor restarts it and its group.
test.each<[Strategy, string[]]>([
  ['one_for_one', ['b down', 'b started']],
  ['rest_for_one', ['b down', 'c stopped', 'b started', 'c started']],
  ['one_for_all', ['b down', 'c stopped', 'a stopped', 'a started', 'b started', 'c started']],
])('a server that gives up restarts with its group: %s', async (strategy, expected) => {
  const engine = new Engine({ clock })
  const chronicle = new Chronicle(engine.events$)
  const children = ['a', 'b', 'c'].map(name => fragile(engine, name))
  const supervisor = new Supervisor({ name: 'top', clock, strategy, children })
  await supervisor.start()
  const before = chronicle.events.length
  await expect(engine.call('b', 'fail')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
  await clock.advance(0)
  const since = chronicle.events.slice(before).filter(({ type }) => type !== 'crashed')
  expect(since.map(({ server, type }) => `${server} ${type}`)).toEqual(expected)
  for (const name of ['a', 'b', 'c']) await expect(engine.call(name, 'inc')).resolves.toBe(0)
  expect(engine.health()).toEqual({ healthy: true, down: [] })
  await supervisor.stop()
  await engine.close()
})

test('the state of every server of the group survives, and each life counts on', async () => {
  const engine = new Engine({ clock })
  const children = ['a', 'b'].map(name =>
    engine.child({
      name,
      state: { n: 0 },
      maxRestarts: 0,
      callbacks: {
        call: {
          inc: (state: { n: number }) => (state.n += 1),
          fail: (state: { n: number }) => {
            state.n = 99
            throw new Error('it broke')
          },
        },
      },
    }),
  )
  const supervisor = new Supervisor({ name: 'top', clock, strategy: 'one_for_all', children })
  await supervisor.start()
  await Promise.all([engine.call('a', 'inc'), engine.call('b', 'inc')])
  await expect(engine.call('a', 'fail')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
  await clock.advance(0)
  expect(await Promise.all([engine.call('a', 'inc'), engine.call('b', 'inc')])).toEqual([2, 2])
  expect(['a', 'b'].map(name => (engine.whereis(name) as Server).status().worker)).toEqual([2, 2])
  await supervisor.stop()
  await engine.close()
})

test('a server that cannot start again takes its supervisor and its siblings down', async () => {
  const engine = new Engine({ clock })
  let broken = false
  const bad = engine.child({
    name: 'bad',
    maxRestarts: 0,
    init: { retries: 0 },
    callbacks: {
      init: () => {
        if (broken) throw new Error('no disk')
      },
    },
  })
  const ends: unknown[] = []
  const supervisor = new Supervisor({ name: 'top', clock, children: [fragile(engine, 'good'), bad] })
  await supervisor.start(reason => ends.push(reason))
  broken = true
  engine.whereis('bad')?.exit('kill')
  await clock.advance(0)
  expect(ends).toEqual([expect.objectContaining({ code: 'PEEPER_INIT_FAILED' })])
  expect(engine.whereis('bad')?.status().status).toBe('down')
  expect(engine.whereis('good')?.status().status).toBe('stopped')
  await engine.close()
})
