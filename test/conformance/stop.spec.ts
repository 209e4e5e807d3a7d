import { describe, expect, test } from '@jest/globals'
import { noreply, stop, Supervisor, type Callbacks, type ExitReason, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const reasons: [title: string, reason: ExitReason, isCrash: boolean][] = [
  ['normal', 'normal', false],
  ['shutdown', 'shutdown', false],
  ['{ shutdown }', { shutdown: 'moved' }, false],
  ['kill', 'kill', true],
  ['an error', new Error('enough'), true],
]

describe.each(combinations)('a handler that stops its server ($name)', combination => {
  const suite = conformance(combination)
  let terminated: unknown[] = []
  const callbacks: Callbacks = {
    call: {
      read: (n: number) => n,
      reply: (n: number, reason: ExitReason) => stop(reason, { reply: `was ${n}`, state: n + 1 }),
      leave: (n: number, reason: ExitReason) => stop(reason, { state: n + 1 }),
    },
    cast: { leave: (n: number, reason: ExitReason) => stop(reason, { state: n + 1 }) },
    terminate: (n: number, reason: ExitReason) => void terminated.push([n, reason]),
  }

  describe.each(reasons)('with %s', (_, reason, isCrash) => {
    test('commits its state, answers, runs terminate (but for kill) and is restarted', async () => {
      terminated = []
      const server = await suite.start({ state: 0, callbacks })
      expect(await server.call('reply', reason)).toBe('was 0')
      expect(await server.call('read')).toBe(1)
      expect(server.status().worker).toBe(2)
      expect(terminated).toEqual(reason === 'kill' ? [] : [[1, reason]])
      expect(suite.past(isCrash ? 'crashed' : 'exited')).toMatchObject([{ worker: 1, reason }])
    })

    test('rejects its caller with the reason when it gives no reply, its state committed all the same', async () => {
      const server = await suite.start({ state: 0, callbacks })
      await expect(server.call('leave', reason)).rejects.toMatchObject({
        code: 'PEEPER_SERVER_EXITED',
        reason,
      })
      expect(await server.call('read')).toBe(1)
    })

    test('a transient server ends for good unless that is a crash', async () => {
      const server = await suite.start({ state: 0, restart: 'transient', callbacks })
      const ended = isCrash ? suite.next('crashed') : suite.next('stopped')
      server.cast('leave', reason)
      await ended
      if (isCrash) expect(await server.call('read')).toBe(1)
      else await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_STOPPED', reason })
    })
  })

  test('no message runs after it in that life', async () => {
    const server = await suite.start({ state: 0, callbacks })
    const worker = server.worker()
    server.cast('leave', 'normal')
    const late = worker.call('read')
    const next = server.call('read')
    await expect(late).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    expect(await next).toBe(1)
  })

  test('a server that ended itself for good is brought back by start with its state', async () => {
    const server = await suite.start({ state: 0, restart: 'transient', callbacks })
    expect(await server.call('reply', 'normal')).toBe('was 0')
    await server.stop()
    await suite.engine.start('counter')
    expect(await server.call('read')).toBe(1)
  })
})

describe.each(combinations)('server.stop ($name)', combination => {
  const suite = conformance(combination)
  const callbacks: Callbacks = {
    call: { read: (n: number) => n },
    cast: { inc: (n: number) => noreply({ state: n + 1 }) },
  }

  test('serves what was queued, takes nothing new, and start brings the state back', async () => {
    const server = await suite.start({ state: 0, callbacks })
    server.cast('inc')
    const read = server.call('read')
    const stopped = server.stop()
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_CLOSING' })
    expect(await read).toBe(1)
    await stopped
    await expect(server.call('read')).rejects.toMatchObject({
      code: 'PEEPER_SERVER_STOPPED',
      reason: 'normal',
    })
    expect(await suite.engine.start('counter')).toBe(server)
    expect(await server.call('read')).toBe(1)
  })

  test('start with reset discards the state', async () => {
    const server = await suite.start({ state: 0, callbacks })
    server.cast('inc')
    await server.stop()
    await suite.engine.start('counter', { reset: true })
    expect(await server.call('read')).toBe(0)
    expect(server.status().revision).toBe(1)
  })

  test('a started server cannot be started again', async () => {
    await suite.start({ state: 0, callbacks })
    await expect(suite.engine.start('counter')).rejects.toMatchObject({ code: 'PEEPER_ALREADY_STARTED' })
    await expect(suite.start({ state: 0, callbacks })).rejects.toMatchObject({
      code: 'PEEPER_ALREADY_STARTED',
    })
  })

  test('it is given up after its timeout: what is still queued is rejected', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: { ...callbacks, cast: { stall: () => latch().opened } },
    })
    server.cast('stall')
    const queued = server.call('read', undefined, { timeout: Infinity })
    const rejected = expect(queued).rejects.toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
    await passing(suite.clock, server.stop('shutdown', 100))
    await rejected
  })

  test('a stop that is given up while terminate runs ends the server once', async () => {
    const server = await suite.start({
      state: 0,
      shutdown: 10_000,
      callbacks: { ...callbacks, terminate: () => latch().opened },
    })
    await passing(suite.clock, server.stop('shutdown', 100))
    await suite.clock.advance(20_000)
    expect(suite.past('stopped')).toHaveLength(1)
    await suite.engine.start('counter')
    expect(await server.call('read')).toBe(0)
  })

  test('a server is brought back at the very moment it has stopped', async () => {
    const server = await suite.start({ state: 7, callbacks })
    const again = suite.next('stopped').then(() => suite.engine.start('counter'))
    await server.stop()
    await again
    expect(await server.call('read')).toBe(7)
  })

  test('a server of another supervisor that is brought back as it stops is the root’s from then on', async () => {
    const children = [suite.engine.child({ name: 'counter', state: 7, callbacks })]
    await new Supervisor({ name: 'own', clock: suite.clock, children }).start()
    let again: Promise<Server> | undefined
    suite.engine.events$.subscribe(({ type }) => {
      if (type === 'stopped') again ??= suite.engine.start('counter')
    })
    await suite.engine.whereis('counter')!.stop()
    expect(await (await again)?.call('read')).toBe(7)
    expect(suite.engine.whichChildren()).toMatchObject([{ id: 'counter', status: 'running' }])
  })

  test('what a stopped server is sent fails at once: calls are rejected, casts are dead letters', async () => {
    const server = await suite.start({ state: 0, callbacks })
    await drained(server)
    await server.stop()
    server.cast('inc', 'payload')
    expect(suite.letters).toMatchObject([
      { message: 'inc', payload: 'payload', reason: { code: 'PEEPER_SERVER_STOPPED' } },
    ])
    await expect(server.call('read', undefined, { timeout: Infinity })).rejects.toThrow(/stopped/)
  })
})
