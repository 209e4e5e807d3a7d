import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { noreply, type Context, type From } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { turns } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { seeded } from '../support/seed.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

describe.each(combinations)('the async context of a sender ($name)', combination => {
  const als = new AsyncLocalStorage<string>()
  const suite = conformance(combination, { isolation: { contexts: { als } } })

  test('reaches its handler, also after awaits, and never another sender’s message', async () => {
    const seen: string[] = []
    const look = async (_: unknown, name: string) => {
      seen.push(`${name} ${String(als.getStore())}`)
      await turns()
      await new Promise(resolve => setImmediate(resolve))
      seen.push(`${name} ${String(als.getStore())}`)
    }
    const glance = (_: unknown, name: string) => void seen.push(`${name} ${String(als.getStore())}`)
    const server = await suite.start({
      callbacks: { call: { look }, cast: { glance, look }, info: { glance } },
    })
    als.run('A', () => server.cast('look', 'a'))
    als.run('B', () => server.cast('glance', 'b'))
    const asked = als.run('C', () => server.call('look', 'c'))
    als.run('D', () => server.send('glance', 'd'))
    server.cast('glance', 'nobody')
    await asked
    await drained(server)
    expect(seen).toEqual(['a A', 'a A', 'b B', 'c C', 'c C', 'd D', 'nobody undefined'])
  })

  test('stays with the caller', async () => {
    const server = await suite.start({ callbacks: { call: { read: () => als.run('handler', () => 1) } } })
    await als.run('caller', async () => {
      await server.call('read')
      expect(als.getStore()).toBe('caller')
    })
  })

  test('reaches the continue, the timers, the afterCommit and the listeners of its message', async () => {
    const seen: string[] = []
    const note = (where: string) => () => void seen.push(`${where} ${String(als.getStore())}`)
    const server = await suite.start({
      state: 0,
      listener: { onStateChanged: note('listener') },
      callbacks: {
        cast: {
          go: (n: number, _: unknown, ctx: Context) => {
            ctx.sendAfter(10, 'tick')
            ctx.afterCommit(note('afterCommit'))
            return noreply({ state: n + 1, continue: 'step' })
          },
          other: () => undefined,
        },
        continue: { step: note('continue') },
        info: { tick: note('timer') },
      },
    })
    als.run('A', () => server.cast('other'))
    als.run('B', () => server.cast('go'))
    als.run('C', () => server.cast('other'))
    await drained(server)
    await suite.clock.advance(10)
    await drained(server)
    expect(seen.sort()).toEqual(['afterCommit B', 'continue B', 'listener B', 'timer B'])
  })

  test('reaches a listener that was busy with another sender’s change', async () => {
    const seen: string[] = []
    const onStateChanged = async (_: unknown, name: string) => {
      seen.push(`${name} ${String(als.getStore())}`)
      await turns()
      seen.push(`${name} ${String(als.getStore())}`)
    }
    const server = await suite.start({
      state: '',
      listener: { onStateChanged },
      callbacks: { cast: { put: (_: string, name: string) => noreply({ state: name }) } },
    })
    for (const name of ['A', 'B', 'C']) als.run(name, () => server.cast('put', name))
    await drained(server)
    await new Promise(resolve => setImmediate(resolve))
    expect(seen).toEqual(['A A', 'A A', 'B B', 'B B', 'C C', 'C C'])
  })

  test('does not reach init and terminate, nor idle timeouts', async () => {
    const seen: string[] = []
    const note = (where: string) => () => void seen.push(`${where} ${String(als.getStore())}`)
    const server = await suite.start({
      callbacks: {
        init: note('init'),
        cast: {
          crash: () => {
            throw new Error('crash')
          },
          wait: () => noreply({ timeout: 10 }),
        },
        info: { timeout: note('timeout') },
        terminate: note('terminate'),
      },
    })
    als.run('A', () => server.cast('crash'))
    await drained(server)
    als.run('B', () => server.cast('wait'))
    await suite.clock.advance(10)
    await drained(server)
    expect(seen).toEqual(['init undefined', 'terminate undefined', 'init undefined', 'timeout undefined'])
  })

  test('is each message’s own, however senders, kinds, waits and crashes mix', async () => {
    const alien: string[] = []
    let servers = 0
    const at = (where: string, sender: unknown): void => {
      if (als.getStore() !== sender) alien.push(`${where} of ${String(sender)} in ${als.getStore()}`)
    }
    const soon = () => new Promise(resolve => setImmediate(resolve))
    const handlers = {
      look: (state: { last: unknown }, sender: string, ctx: Context) => {
        at('look', sender)
        ctx.afterCommit(() => at('afterCommit', sender))
        state.last = sender
      },
      wait: async (state: { last: unknown }, sender: string) => {
        at('wait', sender)
        await soon()
        at('wait, later,', sender)
        state.last = sender
      },
      forward: (_: unknown, sender: string, ctx: Context) => {
        at('forward', sender)
        ctx.self.cast('look', sender)
        ctx.sendAfter(1, 'look', sender)
        return noreply({ continue: ['look', sender] })
      },
      crash: (_: unknown, sender: string) => {
        at('crash', sender)
        throw new Error('crash')
      },
    }
    const kind = fc.constantFrom('look', 'wait', 'forward', 'crash')
    const pause = fc.constantFrom('none', 'none', 'microtask', 'macrotask', 'exit')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(kind, pause), { maxLength: 20 }), async steps => {
        alien.length = 0
        const server = await suite.start({
          name: `server ${(servers += 1)}`,
          state: { last: '' },
          maxRestarts: Infinity,
          callbacks: {
            cast: handlers,
            continue: { look: handlers.look },
            info: { look: handlers.look },
          },
          listener: {
            onStateChanged: (_, next) => at('listener', (next as { last: unknown }).last),
          },
        })
        for (const [index, [message, gap]] of steps.entries()) {
          als.run(`sender ${index}`, () => server.cast(message, `sender ${index}`))
          if (gap === 'microtask') await turns(1)
          if (gap === 'macrotask') await soon()
          if (gap === 'exit') server.exit(new Error('out'))
        }
        await passing(suite.clock, drained(server)) // an exit in the middle of a start is tried again, later
        await suite.clock.advance(1)
        await passing(suite.clock, drained(server))
        await server.stop()
        expect(alien).toEqual([])
      }),
      seeded('contexts of senders', 50),
    )
  })

  test('is the waiting caller’s again when a deferred reply comes', async () => {
    const server = await suite.start({
      state: {},
      callbacks: {
        call: {
          wait: (state: { from?: From }, _: unknown, { from }: Context) => {
            state.from = from
            return noreply()
          },
        },
        cast: {
          answer: (state: { from?: From }, _: unknown, ctx: Context) =>
            ctx.reply(state.from!, als.getStore()),
        },
      },
    })
    const waiting = als.run('waiting', async () => [await server.call('wait'), als.getStore()])
    als.run('answering', () => server.cast('answer'))
    expect(await waiting).toEqual(['answering', 'waiting'])
  })
})
