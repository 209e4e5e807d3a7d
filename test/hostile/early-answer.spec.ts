import { expect, test } from '@jest/globals'
import { noreply, type Context, type From, type Keeper } from 'nestjs-peeper/engine'
import { FlakyKeeper } from '../support/flaky-keeper.js'
import { target } from '../support/target.js'

interface State {
  n: number
}

const slowKeeper = (fate: 'fine' | 'lost'): FlakyKeeper => new FlakyKeeper([{ turns: 5, fate, first: true }])

/** A server that hands its caller's token to another, which answers at once. */
const handing = async (keeper: Keeper | undefined, wait: (answered: Promise<unknown>) => unknown) => {
  const helped = await target(
    {
      call: {
        hand: async (state: State, _: unknown, { from }: Context) => {
          state.n += 1
          await wait(helped.engine.call('helper', 'answer', from))
          return noreply<string>()
        },
        handAndThrow: async (_state: State, __: unknown, { from }: Context) => {
          await helped.engine.call('helper', 'answer', from)
          throw new Error('after the answer')
        },
        handAndReply: async (_state: State, __: unknown, { from }: Context) => {
          await helped.engine.call('helper', 'answer', from)
          return 'its own'
        },
      },
    },
    keeper === undefined ? {} : { keeper },
  )
  await helped.engine.start({
    name: 'helper',
    callbacks: {
      call: { answer: (_: unknown, from: From, ctx: Context) => ctx.reply(from, 'by the helper') },
    },
  })
  return helped
}

test('an answer that comes while the deferring handler still runs is given when that is committed', async () => {
  const { server } = await handing(undefined, answered => answered)
  expect(await server.call('hand')).toBe('by the helper')
})

test('an answer that comes before the deferring handler is committed is given then', async () => {
  const keeper = slowKeeper('fine')
  const { server } = await handing(keeper, () => undefined)
  keeper.trouble()
  expect(await server.call('hand')).toBe('by the helper')
  expect(server.status()).toMatchObject({ revision: 2, state: { n: 1 } })
})

test('an answer that comes early is not given when the deferring handler crashes', async () => {
  const { server } = await handing(undefined, answered => answered)
  await expect(server.call('handAndThrow')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
})

test('an answer that comes early is not given when the deferring handler is not committed', async () => {
  const keeper = slowKeeper('lost')
  const { server } = await handing(keeper, answered => answered)
  keeper.trouble()
  const asked = server.call('hand')
  await expect(asked).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
  keeper.mend()
  expect(await server.call('read')).toEqual({ n: 0 })
})

test('the handler’s own reply counts, not an answer that came early', async () => {
  const { server } = await handing(undefined, answered => answered)
  expect(await server.call('handAndReply')).toBe('its own')
})
