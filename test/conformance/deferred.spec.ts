import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks, type Context, type From } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

/** Callers wait until it is told to answer them all. */
const desk: Callbacks = {
  call: {
    wait: (queue: (From | undefined)[], _: unknown, { from }: Context) => {
      queue.push(from)
      return noreply()
    },
    show: (queue: From[]) => queue,
  },
  cast: {
    answer: (queue: From[], value: unknown, ctx: Context) => {
      for (const from of queue) ctx.reply(from, value)
      return noreply({ state: [] })
    },
    answerOnly: (_: unknown, { from, value }: { from: From; value: unknown }, ctx: Context) =>
      ctx.reply(from, value),
    crash: () => {
      throw new Error('at the desk')
    },
  },
}

describe.each(combinations)('deferred replies ($name)', combination => {
  const suite = conformance(combination)

  test('a token kept in the state is answered by a later handler', async () => {
    const server = await suite.start({ state: [], callbacks: desk })
    const waiting = [server.call('wait'), server.call('wait')]
    server.cast('answer', { ok: true })
    expect(await Promise.all(waiting)).toEqual([{ ok: true }, { ok: true }])
  })

  test('a token passed on is answered by another server', async () => {
    const server = await suite.start({ state: [], callbacks: desk })
    const other = await suite.start({ name: 'other', state: [], callbacks: desk })
    const waiting = server.call('wait')
    const [from] = (await server.call('show')) as From[]
    other.cast('answerOnly', { from, value: 'from elsewhere' })
    expect(await waiting).toBe('from elsewhere')
  })

  test('a handler may answer its own caller by its token', async () => {
    const server = await suite.start({
      callbacks: {
        call: {
          early: (_: unknown, __: unknown, ctx: Context) => {
            ctx.reply(ctx.from!, 'early')
            return noreply()
          },
        },
      },
    })
    expect(await server.call('early')).toBe('early')
  })

  test('a crash rejects every caller that still waits, and a later answer is dropped', async () => {
    const server = await suite.start({ state: [], callbacks: desk })
    const waiting = [server.call('wait'), server.call('wait')]
    const rejected = waiting.map(asked =>
      expect(asked).rejects.toMatchObject({
        code: 'PEEPER_SERVER_EXITED',
        cause: { message: 'at the desk' },
      }),
    )
    server.cast('crash')
    await Promise.all(rejected)
    server.cast('answer', 'too late')
    expect(await server.call('show')).toEqual([])
    expect(server.status().worker).toBe(2)
  })

  test('a second answer and an answer after the call’s timeout are dropped', async () => {
    const server = await suite.start({ state: [], callbacks: desk })
    const inTime = server.call('wait')
    const late = expect(server.call('wait', undefined, { timeout: 100 })).rejects.toMatchObject({
      code: 'PEEPER_CALL_TIMEOUT',
    })
    const [first, second] = (await server.call('show')) as [From, From]
    server.cast('answerOnly', { from: first, value: 'first' })
    server.cast('answerOnly', { from: first, value: 'again' })
    expect(await inTime).toBe('first')
    await suite.clock.advance(100)
    await late
    server.cast('answerOnly', { from: second, value: 'too late' })
    await drained(server)
    expect(server.status().worker).toBe(1)
  })

  test('work that goes on after its handler answers with a copy, too', async () => {
    const later = latch()
    const value = { n: 1 }
    const server = await suite.start({
      callbacks: {
        call: {
          ask: (_: unknown, __: unknown, ctx: Context) => {
            const { from } = ctx
            void later.opened.then(() => ctx.reply(from!, value))
            return noreply()
          },
        },
      },
    })
    const asked = server.call('ask')
    await drained(server)
    later.open()
    const answer = await asked
    value.n = 2
    expect(answer).toEqual({ n: 1 })
  })

  test('casts, infos and continues have no token', async () => {
    const seen: unknown[] = []
    const look = (_: unknown, __: unknown, { from }: Context) => void seen.push(from)
    const init = (_: unknown, { from }: Context) => void seen.push(from)
    const server = await suite.start({
      callbacks: {
        init,
        cast: { look, go: () => noreply({ continue: 'look' }) },
        info: { look },
        continue: { look },
      },
    })
    server.cast('look')
    server.send('look')
    server.cast('go')
    await drained(server)
    expect(seen).toEqual([undefined, undefined, undefined, undefined])
  })
})
