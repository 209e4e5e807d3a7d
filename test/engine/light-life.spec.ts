import { expect, test } from '@jest/globals'
import { type Clock, Engine, Supervisor } from 'nestjs-peeper/engine'
import { drained, simulatedClock } from 'nestjs-peeper/testing'

const counting = (): { clock: Clock; asked: () => number } => {
  const simulated = simulatedClock()
  let asked = 0
  const clock: Clock = {
    now: () => simulated.now(),
    time: () => simulated.time(),
    after: (ms, callback) => {
      asked += 1
      return simulated.after(ms, callback)
    },
    yield: callback => simulated.yield(callback),
  }
  return { clock, asked: () => asked }
}

test('what answers at once is not timed: starts, crashes and restarts ask for no timer', async () => {
  const { clock, asked } = counting()
  const engine = new Engine({ clock })
  const server = await engine.start({
    name: 'one',
    state: 0,
    callbacks: {
      init: (n: number) => n,
      cast: {
        crash: () => {
          throw new Error('it broke')
        },
      },
    },
  })
  for (let i = 0; i < 10; i += 1) server.cast('crash')
  await drained(server)
  expect(server.status()).toMatchObject({ status: 'running', worker: 11 })
  expect(asked()).toBe(0)
  await engine.close()
})

test('servers of the same callbacks keep their own names, options and states', async () => {
  const callbacks = { call: { inc: (n: number) => n }, cast: { add: () => undefined } }
  const engine = new Engine({ maxRestarts: 7 })
  const [one, two, three] = [
    await engine.start({ name: 'one', state: 1, callbacks }),
    await engine.start({ name: 'two', state: 2, callbacks }),
    await engine.start({ name: 'three', state: 3, callbacks, maxRestarts: 3 }),
  ]
  expect(await Promise.all([one, two, three].map(server => server.call('inc')))).toEqual([1, 2, 3])
  expect([one, two, three].map(server => server.status().restartsLeft)).toEqual([7, 7, 3])
  await expect(engine.start({ name: 'a/b', callbacks })).rejects.toMatchObject({ code: 'PEEPER_BAD_NAME' })
  await engine.close()
})

test('children stay in start order, however few or many there are and whichever leave', async () => {
  const supervisor = new Supervisor({ name: 'top', clock: simulatedClock() })
  const ids = () => supervisor.whichChildren().map(({ id }) => id)
  const add = (id: string) =>
    supervisor.startChild({ id, create: () => ({ start: () => undefined, stop: () => undefined }) })
  const drop = async (id: string) => {
    await supervisor.terminateChild(id)
    supervisor.deleteChild(id)
  }
  await supervisor.start()
  expect(ids()).toEqual([])
  await add('a')
  await expect(add('a')).rejects.toMatchObject({ code: 'PEEPER_DUPLICATE_CHILD' })
  await drop('a')
  expect(ids()).toEqual([])
  for (const id of ['b', 'a', 'c']) await add(id)
  await expect(add('b')).rejects.toMatchObject({ code: 'PEEPER_DUPLICATE_CHILD' })
  await drop('b')
  await add('b')
  expect(ids()).toEqual(['a', 'c', 'b'])
  expect(supervisor.hasChild('d')).toBe(false)
  await supervisor.stop()
})
