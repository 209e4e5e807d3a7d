import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, never, turns } from '../support/latch.js'
import { thrownBy } from '../support/thrown.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const log: Callbacks = {
  call: {
    read: (said: string[]) => said,
    note: (said: string[], word: string) => said.push(word),
    crash: (said: string[]) => {
      said.push('half-done')
      throw new Error('crash')
    },
  },
  cast: {
    note: (said: string[], word: string) => void said.push(word),
    stall: () => never(),
  },
  info: { note: (said: string[], word: string) => void said.push(word) },
}

describe.each(combinations)('the mailbox ($name)', combination => {
  const suite = conformance(combination)

  test('messages of every kind are handled in the order they were sent', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    server.cast('note', 'a')
    const size = server.call('note', 'b')
    server.send('note', 'c')
    expect(await size).toBe(2)
    expect(await server.call('read')).toEqual(['a', 'b', 'c'])
  })

  test('queued messages outlive a crash, in order', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    server.cast('note', 'before')
    const crashed = expect(server.call('crash')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    server.cast('note', 'a')
    const size = server.call('note', 'b')
    server.send('note', 'c')
    await crashed
    expect(await size).toBe(3)
    expect(await server.call('read')).toEqual(['before', 'a', 'b', 'c'])
    expect(server.status().worker).toBe(2)
  })

  test('with onCrash drop they are dropped: calls are rejected with the reason, the others become dead letters', async () => {
    const server = await suite.start({ state: [], mailbox: { onCrash: 'drop' }, callbacks: log })
    const crashed = expect(server.call('crash')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    server.cast('note', 'a')
    const dropped = expect(server.call('note', 'b')).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      cause: { message: 'crash' },
    })
    await crashed
    await dropped
    expect(await server.call('read')).toEqual([])
    expect(suite.letters).toMatchObject([
      { kind: 'cast', message: 'note', payload: 'a', reason: { code: 'PEEPER_SERVER_EXITED' } },
    ])
  })

  test('a full mailbox rejects calls, makes dead letters of the others, tells of it, and crashes nobody', async () => {
    const server = await suite.start({ state: [], mailbox: { limit: 2 }, callbacks: log })
    server.cast('stall')
    await suite.clock.advance(0)
    server.cast('note', 'a')
    server.send('note', 'b')
    await expect(server.call('note', 'c')).rejects.toMatchObject({ code: 'PEEPER_MAILBOX_FULL' })
    server.cast('note', 'd')
    server.send('note', 'e')
    expect(suite.letters).toMatchObject([
      { message: 'note', payload: 'd', reason: { code: 'PEEPER_MAILBOX_FULL' } },
      { message: 'note', payload: 'e', reason: { code: 'PEEPER_MAILBOX_FULL' } },
    ])
    expect(suite.past('overload')[0]).toEqual({
      type: 'overload',
      server: 'counter',
      what: 'mailbox',
      limit: 2,
    })
    server.exit('kill')
    await drained(server)
    expect(await server.call('read')).toEqual(['a', 'b'])
  })
})

describe.each(combinations)('one life of a server ($name)', combination => {
  const suite = conformance(combination)

  test('a worker answers while it lives, and fails once it is dead', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    const worker = server.worker()
    expect(await worker.call('note', 'a')).toBe(1)
    const started = suite.next('started')
    worker.exit('kill')
    await started
    await expect(worker.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason: 'kill' })
    worker.cast('note', 'lost')
    worker.send('note', 'lost')
    worker.exit('kill')
    expect(await server.call('read')).toEqual(['a'])
    expect(server.status().worker).toBe(2)
    expect(suite.letters).toMatchObject([{ kind: 'cast' }, { kind: 'info' }])
  })

  test('what was queued for one life is not handled by the next', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    const worker = server.worker()
    server.cast('stall')
    await suite.clock.advance(0)
    const asked = expect(worker.call('note', 'mine')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    worker.cast('note', 'mine')
    server.cast('note', 'anybody’s')
    server.exit('kill')
    await asked
    expect(await server.call('read')).toEqual(['anybody’s'])
    expect(suite.letters).toMatchObject([{ kind: 'cast', payload: 'mine' }])
  })

  test('it is known by the name <name>.GenServer', async () => {
    const server = await suite.start({ state: [], callbacks: log })
    expect(await suite.engine.call('counter.GenServer', 'note', 'a')).toBe(1)
    suite.engine.cast('counter.GenServer', 'note', 'b')
    suite.engine.resolve('counter.GenServer').exit('kill')
    expect(await server.call('read')).toEqual(['a'])
    expect(await suite.engine.call('counter.GenServer', 'read')).toEqual(['a'])
    await server.stop()
    await expect(suite.engine.call('counter.GenServer', 'read')).rejects.toMatchObject({
      code: 'PEEPER_NO_SUCH_SERVER',
    })
  })

  test('a worker is none while its server restarts', async () => {
    const hold = latch()
    let starts = 0
    const server = await suite.start({
      state: [],
      callbacks: { ...log, init: () => ((starts += 1) > 1 ? hold.opened : undefined) },
    })
    server.exit('kill')
    await suite.clock.advance(0)
    expect(thrownBy(() => server.worker())).toMatchObject({ code: 'PEEPER_NO_SUCH_SERVER' })
    expect(server.status().status).toBe('restarting')
    hold.open()
    expect(await server.call('read')).toEqual([])
  })

  test('two messages of one life never run at the same time', async () => {
    const order: string[] = []
    const step = async (_: unknown, name: string) => {
      order.push(`${name} begins`)
      await turns(5)
      order.push(`${name} ends`)
      return noreply()
    }
    const server = await suite.start({ callbacks: { cast: { step } } })
    for (const name of ['a', 'b', 'c']) server.cast('step', name)
    await drained(server)
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })
})
