import { describe, expect, test } from '@jest/globals'
import { Engine, memoryKeeper, type Callbacks, type Keeper, type Server } from 'nestjs-peeper/engine'
import { drained, simulatedClock } from 'nestjs-peeper/testing'
import { controlledKeeper } from '../support/controlled-keeper.js'

const callbacks: Callbacks = {
  call: {
    read: (state: { n: number }) => state.n,
    inc: (state: { n: number }) => (state.n += 1),
  },
}

/** A keeper whose commits answer so, once the change is stored. */
const answering = (answer: () => unknown): Keeper => {
  const inner = memoryKeeper()
  return {
    load: server => inner.load(server),
    commit: (...args) => {
      void inner.commit(...args)
      return answer() as void
    },
    remove: server => inner.remove(server),
    list: () => inner.list(),
  }
}

/** No promise, but it can be awaited. */
const thenable = (settle: (done: (value: unknown) => void, failed: (error: unknown) => void) => void) => ({
  then: (done: (value: unknown) => void, failed: (error: unknown) => void) => {
    settle(done, failed)
  },
})

describe('a keeper whose commit answers', () => {
  test.each<[string, () => unknown]>([
    ['true', () => true],
    ['null', () => null],
    ['an object', () => ({ rows: 1 })],
    ['a bare object', () => Object.create(null) as unknown],
    ['a thenable that settles at once', () => thenable(done => done(1))],
    ['a thenable that settles later', () => thenable(done => void Promise.resolve().then(done))],
  ])('%s has kept the change', async (_, answer) => {
    const engine = new Engine({ clock: simulatedClock(), keeper: answering(answer) })
    const server = await engine.start({ name: 'one', state: { n: 0 }, callbacks })
    expect(await Promise.all([server.call('inc'), server.call('inc'), server.call('read')])).toEqual([
      1, 2, 2,
    ])
    await drained(server)
    expect(server.status()).toMatchObject({ worker: 1, revision: 3, state: { n: 2 } })
    await engine.close()
  })

  test.each<[string, (error: Error) => unknown]>([
    ['fails', error => thenable((_, failed) => failed(error))],
    [
      'throws',
      error =>
        thenable(() => {
          throw error
        }),
    ],
  ])('a thenable that %s has not confirmed it', async (_, answer) => {
    const error = new Error('disk full')
    let failing = false
    const keeper = answering(() => (failing ? answer(error) : undefined))
    const engine = new Engine({ clock: simulatedClock(), keeper })
    const server = await engine.start({ name: 'one', state: { n: 0 }, callbacks })
    failing = true
    await expect(server.call('inc')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED', cause: error })
    failing = false
    expect(await server.call('read')).toBe(1)
    await engine.close()
  })
})

describe('a keeper that is killed by one who is told of a commit', () => {
  test.each(['one batch', 'two batches'])('leaves nothing uncertain that it confirmed (%s)', async how => {
    const store = controlledKeeper(memoryKeeper())
    const engine = new Engine({ clock: simulatedClock(), keeper: store.keeper })
    const told: unknown[] = []
    const waiting: boolean[] = []
    const server: Server = await engine.start({
      name: 'one',
      state: { n: 0 },
      callbacks,
      listener: {
        onStateChanged: (_, next) => {
          told.push(next)
          waiting.push(isDrained)
          server.whichChildren()[0]!.exit('kill')
        },
      },
    })
    const release = store.hold()
    const asked = ['inc', 'inc', 'read', 'inc', 'read'].map(message => server.call(message))
    let isDrained = false
    const whole = server.drained().then(() => (isDrained = true))
    await new Promise(setImmediate) // the first is on its way, the others have run
    if (how === 'two batches') asked.push(server.call('inc'))
    release()
    expect(await Promise.all(asked)).toEqual([1, 2, 2, 3, 3, ...(how === 'two batches' ? [4] : [])])
    await whole
    expect(told).toHaveLength(how === 'two batches' ? 4 : 3)
    expect(waiting).not.toContain(true)
    expect(server.status()).toMatchObject({ worker: 1, state: { n: told.length } })
    await engine.close()
  })
})
