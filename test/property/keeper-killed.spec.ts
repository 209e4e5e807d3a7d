import { expect, test } from '@jest/globals'
import { Engine, memoryKeeper, type Keeper, type Server } from 'nestjs-peeper/engine'
import { drained, simulatedClock } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'

const started = (keeper: Keeper): Promise<{ engine: Engine; server: Server }> => {
  const engine = new Engine({ keeper })
  const callbacks = {
    call: { add: (state: string[], id: string) => state.push(id), read: (state: string[]) => state },
  }
  return engine.start({ name: 'list', state: [], callbacks }).then(server => ({ engine, server }))
}

test('a change that a killed keeper stores late is seen, and no later one is acknowledged without being stored', async () => {
  const store = memoryKeeper()
  const late = latch()
  let isFirst = true
  const { engine, server } = await started({
    load: identity => store.load(identity),
    remove: identity => store.remove(identity),
    list: () => store.list(),
    commit: (identity, change, expected) => {
      if (change.revision === 1 || !isFirst) return store.commit(identity, change, expected)
      isFirst = false
      return late.opened.then(() => store.commit(identity, change, expected))
    },
  })
  const keeper = server.whichChildren()[0]!
  const first = server.call('add', 'first')
  first.catch(() => undefined)
  await new Promise(setImmediate)
  keeper.exit('kill')
  await expect(first).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
  expect(await server.call('read')).toEqual([])
  late.open() // the next worker has loaded by now
  await new Promise(setImmediate)
  keeper.exit('kill')
  await new Promise(setImmediate)

  const second = await server.call('add', 'second').catch((error: unknown) => error)
  server.exit('kill')
  await drained(server)
  const kept = await server.call('read')
  if (typeof second === 'number') expect(kept).toContain('second')
  else expect(second).toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
  expect(kept).toContain('first')
  await engine.close()
})

test('the first state of a start that was interrupted is the first state, whatever the next try of init returns', async () => {
  const store = memoryKeeper()
  const stored = latch()
  let tries = 0
  const begun = latch()
  const clock = simulatedClock()
  const engine = new Engine({
    clock,
    keeper: {
      load: identity => store.load(identity),
      remove: identity => store.remove(identity),
      list: () => store.list(),
      commit: (identity, change, expected) => {
        begun.open()
        return stored.opened.then(() => store.commit(identity, change, expected))
      },
    },
  })
  const server = engine.declare({
    name: 'list',
    callbacks: {
      init: () => [`try ${(tries += 1)}`],
      call: { read: (state: string[]) => state },
    },
  })
  const starting = engine.start('list')
  await begun.opened
  server.exit('kill')
  await clock.advance(1_000) // the next try of init is due
  stored.open()
  await starting
  const first = await server.call('read')
  server.exit('kill')
  await drained(server)
  expect(await server.call('read')).toEqual(first)
  await engine.close()
})
