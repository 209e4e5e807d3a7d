import { describe, expect, test } from '@jest/globals'
import { noreply, reply, type Callbacks } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { turns } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

/** Notes what it is told, in its state. */
const notes = {
  read: (log: string[]) => log,
  note: (log: string[], said: string) => void log.push(said),
}

describe.each(combinations)('continue ($name)', combination => {
  const suite = conformance(combination)

  test('a continue runs with its payload before any queued message, and may be chained', async () => {
    const server = await suite.start({
      state: [],
      callbacks: {
        call: {
          read: notes.read,
          go: (log: string[]) => {
            log.push('go')
            return reply('done', { continue: ['first', { said: 'one' }] })
          },
        },
        cast: { note: notes.note },
        continue: {
          first: async (log: string[], { said }: { said: string }) => {
            log.push(`first ${said}`)
            await turns()
            return noreply({ continue: 'second' })
          },
          second: (log: string[], payload: unknown) => void log.push(`second ${String(payload)}`),
        },
      },
    })
    const asked = server.call('go')
    server.cast('note', 'queued')
    expect(await asked).toBe('done')
    expect(await server.call('read')).toEqual(['go', 'first one', 'second undefined', 'queued'])
  })

  test('every kind of handler, and init at each start, may ask for one', async () => {
    const go = () => noreply({ continue: ['step', 'x'] })
    const callbacks: Callbacks = {
      init: () => noreply({ continue: ['step', 'init'] }),
      call: { read: notes.read },
      cast: { go },
      info: { go },
      continue: { step: notes.note },
    }
    const server = await suite.start({ state: [], callbacks })
    server.cast('go')
    server.send('go')
    expect(await server.call('read')).toEqual(['init', 'x', 'x'])
    server.exit('kill')
    expect(await server.call('read')).toEqual(['init', 'x', 'x', 'init'])
  })

  test('the payload of a continue is the handler’s own no longer', async () => {
    const payload = { said: 'as it was' }
    const server = await suite.start({
      state: [],
      callbacks: {
        call: {
          read: notes.read,
          go: () => {
            queueMicrotask(() => (payload.said = 'changed'))
            return reply(0, { continue: ['step', payload] })
          },
        },
        continue: {
          step: async (log: string[], given: { said: string }) => {
            await turns(9)
            log.push(given.said)
          },
        },
      },
    })
    await server.call('go')
    expect(await server.call('read')).toEqual(['as it was'])
  })

  test('parts of the draft arrive in a continue', async () => {
    const server = await suite.start({
      state: { items: [{ n: 1 }], seen: 0 },
      callbacks: {
        call: {
          go: (state: { items: object[] }) => reply(0, { continue: ['step', state.items[0]] }),
          read: (state: { seen: number }) => state.seen,
        },
        continue: { step: (state: { seen: number }, item: { n: number }) => void (state.seen = item.n) },
      },
    })
    await server.call('go')
    expect(await server.call('read')).toBe(1)
  })

  test('a reply stands when its continue throws; the change of the continue is lost, its handler’s is kept', async () => {
    const server = await suite.start({
      state: { n: 0 },
      callbacks: {
        call: {
          read: (state: { n: number }) => state.n,
          go: (state: { n: number }) => {
            state.n += 1
            return reply(state.n, { continue: 'boom' })
          },
        },
        continue: {
          boom: (state: { n: number }) => {
            state.n += 100
            throw new Error('boom')
          },
        },
      },
    })
    const crashed = suite.next('crashed')
    expect(await server.call('go')).toBe(1)
    expect(await crashed).toMatchObject({ message: "continue 'boom'" })
    expect(await server.call('read')).toBe(1)
  })
})

describe.each(combinations)('idle timeout ($name)', combination => {
  const suite = conformance(combination)
  const idle: Callbacks = {
    call: { read: (log: string[]) => log },
    cast: {
      wait: (_: unknown, timeout: number) => noreply({ timeout }),
      note: notes.note,
    },
    info: { note: notes.note, timeout: (log: string[]) => void log.push('timeout') },
  }

  test.each([0, 50])('an idle timeout of %i ms is delivered once, when it is over', async timeout => {
    const server = await suite.start({ state: [], callbacks: idle })
    server.cast('wait', timeout)
    await drained(server)
    await suite.clock.advance(timeout - 1)
    const early = server.status().state
    await suite.clock.advance(1)
    await drained(server)
    expect([early, server.status().state]).toEqual([[], ['timeout']])
    await suite.clock.advance(1_000)
    expect(await server.call('read')).toEqual(['timeout'])
  })

  test.each<[string, (log: string[]) => unknown]>([
    ['call', () => undefined],
    ['cast', () => undefined],
    ['info', () => undefined],
  ])('any %s cancels it', async kind => {
    const server = await suite.start({ state: [], callbacks: idle })
    server.cast('wait', 50)
    await suite.clock.advance(49)
    if (kind === 'call') await server.call('read')
    else if (kind === 'cast') server.cast('note', 'x')
    else server.send('note', 'x')
    await suite.clock.advance(1_000)
    expect(await server.call('read')).toEqual(kind === 'call' ? [] : ['x'])
  })

  test('init may ask for one at each start', async () => {
    const server = await suite.start({
      state: [],
      callbacks: { ...idle, init: () => noreply({ timeout: 10 }) },
    })
    await suite.clock.advance(10)
    await drained(server)
    const started = suite.next('started')
    server.exit('kill')
    await started
    await suite.clock.advance(10)
    expect(await server.call('read')).toEqual(['timeout', 'timeout'])
  })

  test('it dies with its worker', async () => {
    const server = await suite.start({ state: [], callbacks: idle })
    server.cast('wait', 10)
    await drained(server)
    const started = suite.next('started')
    server.exit('kill')
    await started
    await suite.clock.advance(1_000)
    expect(await server.call('read')).toEqual([])
    expect(suite.letters).toEqual([])
  })

  test('without a handler for it, it is a dead letter', async () => {
    const server = await suite.start({ callbacks: { cast: { wait: () => noreply({ timeout: 10 }) } } })
    server.cast('wait')
    await drained(server)
    await suite.clock.advance(100)
    expect(suite.letters).toMatchObject([{ kind: 'info', message: 'timeout' }])
  })

  test('hibernate and hibernateAfter are accepted and change nothing', async () => {
    const server = await suite.start({
      state: 0,
      hibernateAfter: 10,
      callbacks: {
        init: () => noreply({ hibernate: true }),
        call: { inc: (n: number) => reply(n + 1, { state: n + 1, hibernate: true }) },
        cast: { inc: (n: number) => noreply({ state: n + 1, hibernate: true }) },
      },
    })
    server.cast('inc')
    await suite.clock.advance(100)
    expect(await server.call('inc')).toBe(2)
    expect(await server.call('inc')).toBe(3)
  })
})
