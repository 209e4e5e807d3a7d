import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Context, Engine, type From, noreply } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'

/** A server that answers a call when told its number; calls to `read` are answered at once. */
const begin = async () => {
  const clock = simulatedClock()
  const engine = new Engine({ clock })
  const server = await engine.start({
    name: 'one',
    state: {},
    callbacks: {
      call: {
        ask: (state: Record<number, From>, id: number, { from }: Context) => {
          if (from !== undefined) state[id] = from
          return noreply()
        },
        read: () => 'read',
      },
      cast: {
        answer: (state: Record<number, From>, id: number, ctx: Context) => {
          const from = state[id]
          if (from !== undefined) ctx.reply(from, 'answered')
        },
      },
    },
  })
  return { clock, engine, server }
}

type Step = { ask: number } | { answer: number } | { wait: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(0, 1, 10, 10, 25, 40, Infinity).map(ask => ({ ask })),
  fc.nat(11).map(answer => ({ answer })),
  fc.nat(30).map(wait => ({ wait })),
)

/** What becomes of each call: a plain list of who waits until when. */
const model = (steps: readonly Step[]): string[] => {
  const fates: string[] = []
  const deadlines: number[] = []
  let now = 0
  for (const each of steps) {
    if ('ask' in each) deadlines.push(now + each.ask)
    else if ('answer' in each) {
      if (each.answer < deadlines.length) fates[each.answer] ??= `answered at ${now}`
    } else now += each.wait
    deadlines.forEach((at, id) => {
      if (at <= now) fates[id] ??= `timed out at ${at}`
    })
  }
  return deadlines.map((_, id) => fates[id] ?? 'waits')
}

describe('call timeouts', () => {
  test('expire each at its own moment, whatever is asked, answered and waited for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        const { clock, engine, server } = await begin()
        const fates: string[] = []
        for (const each of steps) {
          if ('ask' in each) {
            const id = fates.push('waits') - 1
            void server.call('ask', id, { timeout: each.ask }).then(
              () => (fates[id] = `answered at ${clock.now()}`),
              (error: unknown) => {
                const { code } = error as { code: string }
                fates[id] = code === 'PEEPER_CALL_TIMEOUT' ? `timed out at ${clock.now()}` : code
              },
            )
          } else if ('answer' in each) server.cast('answer', each.answer)
          await clock.advance('wait' in each ? each.wait : 0)
        }
        expect(fates).toEqual(model(steps))
        void engine.close(0)
        await clock.advance(0)
      }),
      { numRuns: 100 },
    )
  })

  test('bound the whole call, the time in the mailbox included', async () => {
    const { clock, server } = await begin()
    const late = server.call('ask', 1, { timeout: 100 })
    await clock.advance(99)
    let error: unknown
    late.catch((thrown: unknown) => (error = thrown))
    await clock.advance(0)
    expect(error).toBeUndefined()
    await clock.advance(1)
    expect(error).toMatchObject({ code: 'PEEPER_CALL_TIMEOUT' })
  })

  test('of settled calls leave no timers but one for the next: none more after 10 000 calls', async () => {
    const { clock, server } = await begin()
    await server.call('read')
    expect(clock.pending).toBe(0)
    for (let n = 0; n < 10_000; n += 1) await server.call('read')
    await Promise.all(Array.from({ length: 1_000 }, () => server.call('read')))
    expect(clock.pending).toBeLessThanOrEqual(1)
    await clock.advance(5_000)
    expect(clock.pending).toBe(0)
  })

  test('of settled calls leave no timers, though each call has a timeout of its own', async () => {
    const { clock, server } = await begin()
    const calls = Array.from({ length: 1_000 }, (_, n) => server.call('ask', n, { timeout: 1_000 + n / 7 }))
    await clock.advance(0)
    expect(clock.pending).toBe(1_000)
    for (let n = 0; n < 1_000; n += 1) server.cast('answer', n)
    await Promise.all(calls)
    for (let n = 0; n < 1_000; n += 1) await server.call('read', undefined, { timeout: 5_000 + n / 7 })
    expect(clock.pending).toBeLessThan(20)
  })

  test('count for a call that is made while another expires', async () => {
    const { clock, server } = await begin()
    const fates: string[] = []
    const late = (fate: string) => () => void fates.push(`${fate} at ${clock.now()}`)
    const first = server.call('ask', 1, { timeout: 100 })
    const second = first.catch(() => server.call('ask', 2, { timeout: 100 }))
    first.catch(late('first'))
    second.catch(late('second'))
    await clock.advance(1_000)
    expect(fates).toEqual(['first at 100', 'second at 200'])
  })

  test('are refused when they are no time', async () => {
    const { server } = await begin()
    for (const timeout of [-1, NaN, '5' as unknown as number])
      await expect(server.call('read', undefined, { timeout })).rejects.toMatchObject({
        code: 'PEEPER_BAD_OPTION',
      })
  })
})
