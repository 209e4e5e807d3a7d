import { describe, expect, test } from '@jest/globals'
import { noreply, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { meddle, samples, types } from '../support/samples.js'
import { show } from '../support/show.js'
import { turns } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  touched: number
  value: object
  list: object[]
}

describe.each(combinations)('every permitted type ($name)', combination => {
  const suite = conformance(combination, { types })

  describe.each(samples)('$type', sample => {
    const { make, change } = sample
    const before = show(make())
    const changed = make()
    change(changed as never)
    const after = show(changed)

    const begin = async (options: object = {}): Promise<Server> => {
      const server = await suite.start({
        state: { value: make(), list: [make()], touched: 0 },
        callbacks: {
          call: {
            read: (state: State) => state.value,
            echo: (_: unknown, payload: unknown) => payload,
            show: (state: State) => [show(state.value), show(state.list[0])],
          },
          cast: {
            change: ({ value, list }: State) => {
              change(value as never)
              change(list[0] as never)
            },
            crash: ({ value, list }: State) => {
              change(value as never)
              change(list[0] as never)
              throw new Error('crash')
            },
            touch: (state: State) => void (state.touched += 1),
            put: (state: State, value: object) => void (state.value = value),
            keep: (state: State, value: object) => noreply({ state: { ...state, value } }),
            meddle: (_: unknown, payload: object) => change(payload as never),
            hold: async (state: State, value: object) => {
              await turns(9)
              state.value = value
            },
          },
        },
        ...options,
      })
      return server
    }
    const shown = (server: Server): Promise<unknown> => server.call('show')

    test('a change in place by a handler is kept, and outlives a crash', async () => {
      const server = await begin()
      server.cast('change')
      expect(await shown(server)).toEqual([after, after])
      server.exit('kill')
      expect(await shown(server)).toEqual([after, after])
    })

    test('a change in place by a handler that crashes is rolled back', async () => {
      const server = await begin()
      server.cast('crash')
      expect(await shown(server)).toEqual([before, before])
    })

    test('a change of a reply, or of what status shows, does not reach the state', async () => {
      const server = await begin()
      const reply = await server.call('read')
      expect(show(reply)).toEqual(before)
      meddle(sample, reply)
      meddle(sample, (server.status().state as State).value)
      expect(await shown(server)).toEqual([before, before])
      expect(show((server.status().state as State).value)).toEqual(before)
    })

    test('a change of what listeners and changes$ are shown does not reach the state', async () => {
      const told: unknown[] = []
      const listener = {
        onStateChanged: (old: unknown, next: unknown) => {
          told.push([show((old as State).value), show((next as State).value)])
          for (const { value, list } of [old as State, next as State]) {
            meddle(sample, value)
            meddle(sample, list[0])
          }
        },
        onTerminate: (_: unknown, state: unknown) => meddle(sample, (state as State).value),
      }
      const server = await begin({ listener })
      server.changes$.subscribe(state => meddle(sample, (state as State).value))
      server.cast('touch')
      await drained(server)
      server.exit('kill')
      expect(told).toEqual([[before, before]])
      expect(await shown(server)).toEqual([before, before])
    })

    test('a change of a payload after the send does not reach the handler', async () => {
      const server = await begin()
      const payload = make()
      server.cast('hold', payload)
      meddle(sample, payload)
      await suite.clock.advance(0)
      meddle(sample, payload)
      expect((await shown(server)) as unknown[]).toEqual([before, before])
    })

    test('a change of a payload by its handler does not reach the sender, and the sender’s object is not frozen', async () => {
      const server = await begin()
      const payload = make()
      server.cast('meddle', payload)
      await drained(server)
      expect(show(payload)).toEqual(before)
      change(payload as never)
      expect(show(payload)).toEqual(after)
    })

    test.each(['put', 'keep'])(
      'what a handler was given and has put into the state (%s) is the state’s own',
      async how => {
        const server = await begin()
        const payload = make()
        change(payload as never)
        server.cast(how, payload)
        await drained(server)
        change(payload as never)
        expect(await shown(server)).toEqual([after, before])
        server.exit('kill')
        expect(await shown(server)).toEqual([after, before])
      },
    )

    test('it arrives as payload and reply with its type', async () => {
      const server = await begin()
      const reply = (await server.call('echo', make())) as object
      expect(show(reply)).toEqual(before)
      expect(Object.prototype.toString.call(reply)).toBe(Object.prototype.toString.call(make()))
    })
  })
})
