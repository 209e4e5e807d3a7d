import { expect, test } from '@jest/globals'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { target } from '../support/target.js'

test('a flood beyond the mailbox’s bound is refused, and what was accepted is served in order', async () => {
  const go = latch()
  const seen: number[] = []
  const note = (_state: unknown, payload: number): void => void seen.push(payload)
  const { letters, server, isUnharmed } = await target(
    { call: { hold: () => go.opened, note }, cast: { note } },
    { mailbox: { limit: 100 } },
  )
  const held = server.call('hold')
  await new Promise(setImmediate)
  const calls: Promise<unknown>[] = []
  for (let index = 0; index < 10_000; index += 1) {
    if (index % 2 === 0) calls.push(server.call('note', index, { timeout: Infinity }))
    else server.cast('note', index)
    expect(server.status().queued).toBeLessThanOrEqual(100)
  }
  const settled = Promise.allSettled(calls)
  go.open()
  await held
  await drained(server)
  expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index))
  const rejected = (await settled).filter(({ status }) => status === 'rejected')
  expect(rejected).toHaveLength(4_950)
  expect(letters).toHaveLength(4_950)
  expect(new Set(letters.map(({ reason }) => (reason as { code: string }).code))).toEqual(
    new Set(['PEEPER_MAILBOX_FULL']),
  )
  expect(await isUnharmed()).toBe(true)
})

test('a flood of casts from within a handler of its own crashes nobody', async () => {
  const { letters, server, isUnharmed } = await target(
    {
      call: {
        burst: () => {
          for (let index = 0; index < 1_000; index += 1) server.cast('inc')
        },
      },
    },
    { mailbox: { limit: 10 } },
  )
  await server.call('burst')
  await drained(server)
  expect(await server.call('read')).toEqual({ n: 10 })
  expect(letters).toHaveLength(990)
  expect(await isUnharmed()).toBe(true)
})

test('a long run of messages lets the event loop have its turn', async () => {
  const { server } = await target({}, { mailbox: { limit: 1_000_000 } })
  for (let index = 0; index < 50_000; index += 1) server.cast('inc')
  let turned = 0
  const turn = (): void => {
    turned += 1
    immediate = setImmediate(turn)
  }
  let immediate = setImmediate(turn)
  await drained(server)
  clearImmediate(immediate)
  expect(await server.call('read')).toEqual({ n: 50_000 })
  expect(turned).toBeGreaterThan(10)
})
