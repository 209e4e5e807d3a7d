import { describe, expect, test } from '@jest/globals'
import { noreply, refuse, reply, stop, type Directive } from 'nestjs-peeper/engine'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const cyclic = (): object => {
  const ring: { self?: object } = {}
  ring.self = ring
  return ring
}

const badReplies: [what: string, outcome: () => unknown, said: RegExp][] = [
  ['a function', () => () => 1, /a function/],
  ['a symbol', () => Symbol('s'), /a symbol/],
  ['a promise of a function', () => Promise.resolve(() => 1), /a function/],
  ['an object with private data', () => new URL('http://example.com'), /URL/],
  ['a cycle', cyclic, /cycle|itself/],
  ['reply(a function)', () => reply(() => 1), /a function/],
  ['reply with options that are none', () => reply(1, 5 as Directive), /options are 5/],
  ['a continue without a handler', () => reply(1, { continue: 'nowhere' }), /nowhere/],
  ['a continue called constructor', () => reply(1, { continue: 'constructor' }), /constructor/],
  ['a continue that is no name', () => reply(1, { continue: [3 as never, 1] }), /continue: 3/],
  ['a timeout that is no number', () => noreply({ timeout: NaN }), /timeout: NaN/],
  ['a timeout below 0', () => noreply({ timeout: -1 }), /timeout: -1/],
  ['a stop for no reason', () => stop('because' as 'normal'), /stop/],
]

const badOneWay: [what: string, outcome: () => unknown, said: RegExp][] = [
  ['a number', () => 1, /returned 1/],
  ['null', () => null, /returned/],
  ['an object', () => ({ secret: 1 }), /an object/],
  ['a reply', () => reply(1), /reply/],
  ['a stop with a reply', () => stop('normal', { reply: 1 }), /stop/],
]

describe.each(combinations)('what a handler hands back is checked ($name)', combination => {
  const suite = conformance(combination)
  const read = (state: { n: number }): number => state.n

  test.each(badReplies)(
    'a call handler that returns %s crashes by a bad outcome that names it',
    async (_, outcome, said) => {
      const bad = (state: { n: number }): unknown => {
        state.n += 1
        return outcome()
      }
      const server = await suite.start({ state: { n: 0 }, callbacks: { call: { read, bad } } })
      const error: unknown = await server.call('bad').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason: { code: 'PEEPER_BAD_OUTCOME' } })
      const { message } = (error as { reason: Error }).reason
      expect(message).toMatch(/^call 'bad' of 'counter' returned /)
      expect(message).toMatch(said)
      expect(await server.call('read')).toBe(0)
      expect(server.status().worker).toBe(2)
    },
  )

  test.each(['cast', 'info', 'continue'] as const)(
    'a %s handler returns nothing or an outcome',
    async kind => {
      for (const [, outcome, said] of badOneWay) {
        const bad = (state: { n: number }): unknown => {
          state.n += 1
          return outcome()
        }
        const go = (): unknown => noreply({ continue: 'bad' })
        const name = `of ${kind} ${said.source}`
        const server = await suite.start({
          name,
          state: { n: 0 },
          callbacks: { call: { read }, cast: { go, bad }, info: { bad }, continue: { bad } },
        })
        const crashed = suite.next('crashed')
        if (kind === 'info') server.send('bad')
        else server.cast(kind === 'cast' ? 'bad' : 'go')
        const { reason, message } = await crashed
        expect(reason).toMatchObject({ code: 'PEEPER_BAD_OUTCOME' })
        expect(message).toBe(`${kind} 'bad'`)
        expect((reason as Error).message).toMatch(new RegExp(`^${kind} 'bad' of `))
        expect((reason as Error).message).toMatch(said)
        expect((reason as Error).message).not.toContain('secret')
        expect(await server.call('read')).toBe(0)
      }
    },
  )

  test('a handler that mutates its draft and returns a state without the mutation crashes', async () => {
    const bad = (state: { n: number; at: { x: number } }): unknown => {
      state.at.x = 1
      return reply('done', { state: { n: 5, at: { x: 0 } } })
    }
    const server = await suite.start({ state: { n: 0, at: { x: 0 } }, callbacks: { call: { read, bad } } })
    await expect(server.call('bad')).rejects.toMatchObject({
      reason: { code: 'PEEPER_BAD_OUTCOME', cause: { code: 'PEEPER_LOST_MUTATION', path: ['at'] } },
    })
    expect(await server.call('read')).toBe(0)
  })

  test('a handler may mutate its draft and return a state built from it', async () => {
    const twice = (state: { n: number; by: string }): unknown => {
      state.n += 1
      return reply('done', { state: { ...state, by: 'both' } })
    }
    const show = (state: object): unknown => state
    const server = await suite.start({ state: { n: 0, by: '' }, callbacks: { call: { show, twice } } })
    expect(await server.call('twice')).toBe('done')
    expect(await server.call('show')).toEqual({ n: 1, by: 'both' })
  })

  test('a state that cannot be kept crashes its handler and says where', async () => {
    const bad = (state: { items: unknown[] }): void => void state.items.push({ when: () => 1 })
    const size = (state: { items: unknown[] }): number => state.items.length
    const server = await suite.start({ state: { items: [] }, callbacks: { call: { bad, size } } })
    const error: unknown = await server.call('bad').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      reason: { code: 'PEEPER_STATE_NOT_KEEPABLE', cause: { path: ['items', 0, 'when'] } },
    })
    expect((error as { reason: Error }).reason.message).toMatch(
      /call 'bad' left for 'counter'.*items\[0\]\.when/,
    )
    expect(await server.call('size')).toBe(0)
  })

  test.each<[string, () => unknown, string]>([
    ['a function', () => () => 1, 'PEEPER_STATE_NOT_KEEPABLE'],
    ['a reply', () => reply(1), 'PEEPER_BAD_OUTCOME'],
    ['a refusal', () => refuse(new Error('no')), 'PEEPER_BAD_OUTCOME'],
  ])('an init that returns %s fails the start, and is not tried again', async (_, init, code) => {
    const started = suite.start({ callbacks: { init } })
    await expect(started).rejects.toMatchObject({ code: 'PEEPER_INIT_FAILED', cause: { code } })
    expect(suite.past('init-failed')).toMatchObject([{ attempt: 1, retryIn: undefined }])
  })
})
