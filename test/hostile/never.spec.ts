import { expect, test } from '@jest/globals'
import { type Context, type ServerExitedError } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, never } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { target } from '../support/target.js'

test('an init that never settles fails its start after all its tries', async () => {
  const { engine, clock } = await target()
  let tries = 0
  const start = engine.start({
    name: 'stuck',
    init: { timeout: 100, retries: 2 },
    callbacks: {
      init: () => {
        tries += 1
        return never()
      },
    },
  })
  start.catch(() => undefined)
  await clock.advance(60_000)
  await expect(start).rejects.toMatchObject({
    code: 'PEEPER_INIT_FAILED',
    cause: { code: 'PEEPER_INIT_TIMEOUT' },
  })
  expect(tries).toBe(3)
})

test('an init that never settles on a restart takes the server down, and start brings its state back', async () => {
  let stuck = false
  const { engine, clock, server } = await target(
    { init: () => (stuck ? never() : undefined) },
    { init: { timeout: 100, retries: 1 } },
  )
  await server.call('inc')
  stuck = true
  server.exit('kill')
  const waiting = server.call('read', undefined, { timeout: Infinity })
  waiting.catch(() => undefined)
  await clock.advance(60_000)
  await expect(waiting).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
  stuck = false
  await engine.start('target')
  expect(await server.call('read')).toEqual({ n: 1 })
})

test('exits while init is tried again do not take the server down', async () => {
  let failures = 0
  const { clock, server } = await target({
    init: () => {
      if (failures > 0 && failures--) throw new Error('not yet')
    },
  })
  failures = 2
  server.exit('kill')
  await clock.advance(0)
  for (let times = 0; times < 3; times += 1) server.exit('kill')
  const answer = server.call('read', undefined, { timeout: Infinity })
  expect(await passing(clock, answer)).toEqual({ n: 0 })
})

test('a terminate that never settles is left behind after its time', async () => {
  const { clock, events, server } = await target({ terminate: never }, { shutdown: 100 })
  server.exit('shutdown')
  const asked = server.call('inc')
  await clock.advance(99)
  expect(server.status().status).toBe('restarting')
  await clock.advance(1)
  expect(await asked).toBe(1)
  expect(events).toContainEqual(
    expect.objectContaining({
      where: 'terminate',
      error: expect.objectContaining({ code: 'PEEPER_TERMINATE_TIMEOUT' }),
    }),
  )
})

test('a listener and a subscriber that never return hold up nobody', async () => {
  const { server } = await target({}, { listener: { onStateChanged: never, onTerminate: never } })
  server.changes$.subscribe(() => never() as never)
  expect(await server.call('inc')).toBe(1)
  expect(await server.call('inc')).toBe(2)
  await server.stop()
  expect(server.status().status).toBe('stopped')
})

test('a listener’s thenable that throws or settles twice stops nothing', async () => {
  const told: number[] = []
  const odd = [
    { then: (done: () => void) => [done(), done()] },
    {
      then: () => {
        throw new Error('thrown')
      },
    },
  ]
  const { server } = await target(
    {},
    {
      listener: {
        onStateChanged: (_: unknown, { n }: { n: number }) => {
          told.push(n)
          return odd[n % 2]
        },
      } as never,
    },
  )
  for (let times = 0; times < 4; times += 1) await server.call('inc')
  await new Promise(setImmediate)
  expect(told).toEqual([1, 2, 3, 4])
})

test('a handler that never returns is dropped by an exit, and what it does later reaches nobody', async () => {
  const go = latch()
  let ctx: Context | undefined
  let draft: { n: number } | undefined
  const { events, letters, server } = await target({
    call: {
      hang: async (state: { n: number }, _: unknown, context: Context) => {
        ctx = context
        draft = state
        state.n = 99
        await go.opened
        state.n = 100
        return 'late'
      },
    },
  })
  const hanging = server.call('hang')
  hanging.catch(() => undefined)
  await new Promise(setImmediate)
  server.exit('kill')
  await expect(hanging).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason: 'kill' })
  expect(await server.call('inc')).toBe(1)
  go.open()
  await drained(server)
  await new Promise(setImmediate)
  expect(() => draft!.n).toThrow(expect.objectContaining({ code: 'PEEPER_DRAFT_ENDED' }))
  const members = ['self', 'name', 'key', 'restarts', 'cause', 'signal', 'from'] as const
  const acts = [
    () => ctx!.reply({ server: 'target', id: '1' }, 1),
    () => ctx!.sendAfter(1, 'tick'),
    () => ctx!.cancelTimer({ timer: '1' }),
    () => ctx!.afterCommit(() => undefined),
    () => ctx!.onExit(() => undefined),
    ...members.map(member => () => ctx![member]),
  ]
  for (const act of acts) expect(act).toThrow(expect.objectContaining({ code: 'PEEPER_CONTEXT_ENDED' }))
  expect(await server.call('read')).toEqual({ n: 1 })
  expect(
    events.flatMap(event => (event.type === 'error' ? [(event.error as ServerExitedError).code] : [])),
  ).toEqual(['PEEPER_DRAFT_ENDED'])
  expect(letters).toEqual([])
})

test('a draft and its parts throw once their handler has returned', async () => {
  const kept: { n: number; list: number[]; map: Map<string, number> }[] = []
  const { server } = await target(
    {
      call: {
        keep: (state: (typeof kept)[0]) => kept.push(state, { ...state, list: state.list, map: state.map }),
      },
    },
    { state: { n: 1, list: [1], map: new Map([['a', 1]]) } },
  )
  await server.call('keep')
  const [state, parts] = kept
  const touches = [
    () => state!.n,
    () => (state!.n = 2),
    () => Object.keys(state!),
    () => 'n' in state!,
    () => delete (state as { n?: number }).n,
    () => parts!.list[0],
    () => parts!.list.push(2),
    () => [...parts!.list],
    () => parts!.map.get('a'),
    () => parts!.map.set('a', 2),
    () => parts!.map.size,
    () => [...parts!.map],
  ]
  for (const touch of touches) expect(touch).toThrow(expect.objectContaining({ code: 'PEEPER_DRAFT_ENDED' }))
  expect(await server.call('read')).toEqual({ n: 1, list: [1], map: new Map([['a', 1]]) })
})
