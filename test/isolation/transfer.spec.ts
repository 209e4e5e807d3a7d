import { once } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { describe, expect, test } from '@jest/globals'
import { transfer, type Transfer } from 'nestjs-peeper/engine'
import { counterAt } from './counter.js'

const LARGE = 2 ** 24
const forEver = { timeout: Infinity }
const memory = (...bytes: number[]): ArrayBuffer => Uint8Array.from(bytes).buffer

describe.each(['inline', 'thread', 'process'] as const)('what changes hands (%s)', level => {
  const at = counterAt(level)
  const call = (message: string, payload: unknown, options = {}): Promise<unknown> =>
    at.server.call(message, payload, { ...forEver, ...options })

  test('is the receiver’s from then on, and nobody else’s', async () => {
    const bytes = memory(1, 2, 3)
    const parcel = transfer(bytes)
    expect(bytes.byteLength).toBe(0)
    expect(await call('take', parcel)).toBe(6)
    expect(parcel.isTaken).toBe(true)
    expect(() => parcel.take()).toThrow(expect.objectContaining({ code: 'PEEPER_TRANSFER_TAKEN' }))
    await expect(call('take', parcel)).rejects.toMatchObject({ reason: { code: 'PEEPER_TRANSFER_TAKEN' } })
  })

  test('may stand anywhere in a payload, and come as a reply', async () => {
    const parcels = new Map([
      ['a', { of: transfer(memory(1)) }],
      ['b', { of: transfer(memory(2, 3)) }],
    ])
    expect(await call('takeAll', parcels)).toEqual([1, 5])
    const reply = (await call('give', [7, 8])) as Transfer<ArrayBuffer>
    expect([...new Uint8Array(reply.take())]).toEqual([7, 8])
    expect(await call('takeLater', [4, 5])).toBe(9)
  })

  test('does not stay: a state refuses it, and so does a call that may be made again', async () => {
    await expect(call('keepIt', transfer(memory(1)))).rejects.toMatchObject({
      reason: { code: 'PEEPER_STATE_NOT_KEEPABLE', cause: { code: 'PEEPER_NOT_DATA', path: ['kept'] } },
    })
    const parcel = transfer(memory(1))
    await expect(call('take', parcel, { id: 'once' })).rejects.toMatchObject({ code: 'PEEPER_NOT_DATA' })
    expect(parcel.take().byteLength).toBe(1)
  })

  test('is still in hand when it was not sent', async () => {
    const parcel = transfer(memory(1))
    await expect(call('take', [parcel, () => 1])).rejects.toMatchObject({
      code: 'PEEPER_NOT_DATA',
      path: [1],
    })
    expect(await call('take', parcel)).toBe(1)
  })

  test('is not lost with the message before it', async () => {
    const before = call('inc', undefined)
    const crash = call('boom', undefined).catch(() => 'crashed')
    const taken = [1, 2, 3].map(byte => call('take', transfer(memory(byte))))
    expect(await Promise.all([crash, ...taken])).toEqual(['crashed', 1, 2, 3])
    await before
  })

  const inThread = level === 'thread' ? test : undefined
  inThread?.('is not copied: to send it costs a part of what a copy costs', async () => {
    const took = async (send: () => unknown): Promise<number> => {
      const sent = send()
      const since = performance.now()
      expect(await call('length', sent)).toBe(LARGE)
      return performance.now() - since
    }
    const [moved, copied] = [[] as number[], [] as number[]]
    for (let i = 0; i < 3; i += 1) {
      moved.push(await took(() => transfer(new ArrayBuffer(LARGE))))
      copied.push(await took(() => new ArrayBuffer(LARGE)))
    }
    expect(Math.min(...moved)).toBeLessThan(Math.min(...copied) / 4)
  })

  inThread?.('harms nobody when it is a line that was hung up meanwhile', async () => {
    const { port1, port2 } = new MessageChannel()
    const busy = call('sleep', 50)
    const spoken = call('speak', { port: transfer(port1) }).catch((error: unknown) => error)
    port2.close()
    expect(await busy).toBe('slept')
    expect(await spoken).toMatchObject({ reason: { code: 'PEEPER_TRANSFER_TAKEN' } })
    expect(await call('take', transfer(memory(1)))).toBe(1)
    const reply = (await call('hangUp', undefined)) as Transfer<MessagePort>
    expect(reply.isTaken).toBe(true)
    expect(await call('take', transfer(memory(2)))).toBe(2)
  })

  test('may be a line to the other side, where that is in this process', async () => {
    const { port1, port2 } = new MessageChannel()
    const heard = once(port1, 'message')
    const spoken = call('speak', { port: transfer(port2) })
    if (level === 'process')
      await expect(spoken).rejects.toMatchObject({ code: 'PEEPER_NOT_DATA', path: ['port'] })
    else {
      await spoken
      expect(await heard).toEqual(['hello'])
    }
    port1.close()
  })
})

test('nothing else changes hands', () => {
  const gone = memory(1)
  transfer(gone)
  const { port1 } = new MessageChannel()
  transfer(port1).take().close()
  const pooled = Buffer.from('x').buffer
  for (const content of [Buffer.from('x'), pooled, new SharedArrayBuffer(1), gone, port1, 'x', undefined])
    expect(() => transfer(content as ArrayBuffer)).toThrow(
      expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }),
    )
})
