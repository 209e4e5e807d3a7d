import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, turns } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  user: string
  card: string
}
const call = { read: (state: unknown) => state }

describe.each(combinations)('status and formatStatus ($name)', combination => {
  const suite = conformance(combination)

  test('status shows where a server stands', async () => {
    const hold = latch()
    const server = await suite.start({
      state: 0,
      callbacks: { call, cast: { inc: (n: number) => noreply({ state: n + 1 }), stall: () => hold.opened } },
    })
    server.cast('inc')
    server.cast('stall')
    server.cast('inc')
    await suite.clock.advance(0)
    expect(server.status()).toEqual({
      server: 'counter',
      status: 'running',
      worker: 1,
      restartsLeft: 1_000,
      queued: 1,
      revision: 2,
      state: 1,
    })
    hold.open()
    await drained(server)
    await server.stop()
    expect(server.status()).toMatchObject({ status: 'stopped', state: 2, queued: 0 })
  })

  test('formatStatus says what status shows of the state, and of nothing else', async () => {
    const formatStatus = (state: State) => ({ ...state, card: '***' })
    const server = await suite.start({
      state: { user: 'ada', card: '4111' },
      callbacks: { call, formatStatus },
    })
    expect(server.status().state).toEqual({ user: 'ada', card: '***' })
    expect(await server.call('read')).toEqual({ user: 'ada', card: '4111' })
  })

  test('a formatStatus that throws is reported, and the state is not shown', async () => {
    const formatStatus = () => {
      throw new Error('format')
    }
    const server = await suite.start({
      state: { user: 'ada', card: '4111' },
      callbacks: { call, formatStatus },
    })
    expect(server.status()).toMatchObject({ status: 'running', state: undefined })
    expect(suite.past('error')).toMatchObject([{ where: 'formatStatus', error: { message: 'format' } }])
    expect(await server.call('read')).toMatchObject({ user: 'ada' })
  })
})

describe.each(combinations)('codeChange ($name)', combination => {
  const suite = conformance(combination)
  const upgrading = (codeChange: Callbacks['codeChange']): Callbacks => ({
    call,
    cast: { add: (state: { names?: string[] }, name: string) => void state.names?.push(name) },
    codeChange,
  })

  test('it upgrades the state in its turn among the messages, and what it makes is committed', async () => {
    const server = await suite.start({
      state: { names: ['a'] },
      version: 2,
      callbacks: upgrading(({ names }: { names: string[] }, from, extra) => ({
        upgraded: names.join(),
        from,
        extra,
      })),
    })
    server.cast('add', 'b')
    const changed = server.codeChange({ from: 1, extra: 'more' })
    const read = server.call('read')
    await changed
    expect(await read).toEqual({ upgraded: 'a,b', from: 1, extra: 'more' })
    server.exit('kill')
    expect(await server.call('read')).toEqual({ upgraded: 'a,b', from: 1, extra: 'more' })
  })

  test('it may mutate the state in place, and be async', async () => {
    const server = await suite.start({
      state: { names: ['a'] },
      callbacks: upgrading(async (state: { names: string[]; count?: number }) => {
        await turns()
        state.count = state.names.length
      }),
    })
    await server.codeChange({ from: 1 })
    expect(await server.call('read')).toEqual({ names: ['a'], count: 1 })
  })

  test.each<[string, (state: never) => unknown]>([
    [
      'throws',
      (state: { names: string[] }) => {
        state.names = []
        throw new Error('cannot')
      },
    ],
    [
      'rejects',
      async (state: { names: string[] }) => {
        state.names = []
        await turns()
        throw new Error('cannot')
      },
    ],
    ['returns what cannot be kept', () => ({ names: () => 1 })],
  ])('one that %s changes nothing, restarts nothing, and is told to the caller', async (_, codeChange) => {
    const server = await suite.start({ state: { names: ['a'] }, callbacks: upgrading(codeChange) })
    await expect(server.codeChange({ from: 1 })).rejects.toMatchObject({ code: 'PEEPER_CODE_CHANGE_FAILED' })
    expect(await server.call('read')).toEqual({ names: ['a'] })
    expect(server.status().worker).toBe(1)
  })

  test('without one it is refused, and says what is missing', async () => {
    const server = await suite.start({ state: 1, callbacks: { call } })
    await expect(server.codeChange({ from: 1 })).rejects.toThrow(/CodeChange/)
    expect(await server.call('read')).toBe(1)
  })

  test('a stopped server does not change its code', async () => {
    const server = await suite.start({ state: 1, callbacks: { call, codeChange: () => 2 } })
    await server.stop()
    await expect(server.codeChange({ from: 1 })).rejects.toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
  })
})
