import { describe, expect, test } from '@jest/globals'
import { noreply, type Context } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const call = { read: (state: unknown) => state }

describe.each(combinations)('ctx ($name)', combination => {
  const suite = conformance(combination)

  test('work that goes on after its handler sets timers while its life lasts', async () => {
    const hold = latch()
    const server = await suite.start({
      state: 0,
      callbacks: {
        call,
        cast: {
          go: (_: unknown, __: unknown, ctx: Context) =>
            void hold.opened.then(() => ctx.sendAfter(10, 'tick', 5)),
        },
        info: { tick: (n: number, by: number) => noreply({ state: n + by }) },
      },
    })
    server.cast('go')
    await drained(server)
    hold.open()
    await suite.clock.advance(10)
    expect(await server.call('read')).toBe(5)
  })

  test('timers come in the order of their time, with a payload that was copied', async () => {
    const payload = ['as it was']
    const server = await suite.start({
      state: [],
      callbacks: {
        call,
        cast: {
          go: (_: unknown, __: unknown, ctx: Context) => {
            ctx.sendAfter(20, 'note', 'second')
            ctx.sendAfter(10, 'note', payload)
            ctx.sendAfter(20, 'note', 'third')
          },
        },
        info: { note: (log: unknown[], said: unknown) => void log.push(said) },
      },
    })
    server.cast('go')
    await drained(server)
    payload[0] = 'changed'
    await suite.clock.advance(20)
    expect(await server.call('read')).toEqual([['as it was'], 'second', 'third'])
  })

  test('a timer dies with its worker; one for a message that nobody handles is a dead letter', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: {
        call,
        cast: { go: (_: unknown, message: string, ctx: Context) => void ctx.sendAfter(10, message) },
        info: { tick: (n: number) => noreply({ state: n + 1 }) },
      },
    })
    server.cast('go', 'tick')
    await drained(server)
    server.exit('kill')
    server.cast('go', 'tock')
    await drained(server)
    await suite.clock.advance(100)
    expect(await server.call('read')).toBe(0)
    expect(suite.letters).toMatchObject([{ kind: 'info', message: 'tock' }])
  })

  test.each([NaN, -1, '5'])('sendAfter(%p) is refused where it stands', async ms => {
    const server = await suite.start({
      callbacks: {
        call: { go: (_: unknown, __: unknown, ctx: Context) => void ctx.sendAfter(ms as number, 'tick') },
      },
    })
    await expect(server.call('go')).rejects.toMatchObject({ reason: { code: 'PEEPER_BAD_OPTION' } })
  })

  test('an afterCommit that throws or rejects is reported and harms nobody', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: {
        call: {
          ...call,
          go: (_: unknown, __: unknown, ctx: Context) => {
            ctx.afterCommit(() => {
              throw new Error('one')
            })
            ctx.afterCommit(() => Promise.reject(new Error('two')))
            return 'done'
          },
        },
      },
    })
    expect(await server.call('go')).toBe('done')
    await suite.clock.advance(0)
    expect(suite.past('error')).toMatchObject([
      { where: 'afterCommit', error: { message: 'one' } },
      { where: 'afterCommit', error: { message: 'two' } },
    ])
    expect(server.status().worker).toBe(1)
  })

  test('a token that is none is a crash of the handler that uses it', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: { call, cast: { go: (_: unknown, __: unknown, ctx: Context) => ctx.reply(ctx.from!, 1) } },
    })
    const crashed = suite.next('crashed')
    server.cast('go')
    expect(await crashed).toMatchObject({
      message: "cast 'go'",
      reason: { code: 'PEEPER_BAD_OPTION' },
    })
    expect(await server.call('read')).toBe(0)
  })
})
