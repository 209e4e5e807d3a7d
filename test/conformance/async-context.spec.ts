import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from '@jest/globals'
import { noreply, type Context, type From } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { turns } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

describe.each(combinations)('the async context of a sender ($name)', combination => {
  const suite = conformance(combination)
  const als = new AsyncLocalStorage<string>()

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
