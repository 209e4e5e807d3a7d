import { describe, expect, test } from '@jest/globals'
import { Engine, type Callbacks, type Context } from 'nestjs-peeper/engine'
import type { LmdbKeeperOptions } from 'nestjs-peeper/lmdb'
import { Part, spoil } from '../support/raw-lmdb.js'
import { temporaryFolder, temporaryLmdbKeeper } from '../support/temporary-lmdb.js'

interface State {
  readonly text: string
  n: number
}

const callbacks: Callbacks = {
  call: {
    inc: (state: State, _: unknown, { dictionary }: Context) => {
      dictionary.set('n', state.n + 1)
      return (state.n += 1)
    },
    read: ({ n }: State) => n,
    dictionary: (_: unknown, __: unknown, { dictionary }: Context) => [...dictionary],
    bid: async (_: unknown, [key, value]: [unknown, unknown], { tables }: Context) => {
      ;(await tables.open('bids')).set(key, value)
    },
    bids: async (_: unknown, __: unknown, { tables }: Context) => [...(await tables.open('bids')).entries()],
  },
}

/** A server with a snapshot and a journal, `n` is 3, and a table of two entries; its store is closed. */
const store = async (size = 2_000): Promise<string> => {
  const path = temporaryFolder()
  const engine = new Engine({ keeper: temporaryLmdbKeeper({ path, snapshot: {} }) })
  const server = await engine.start({ name: 'lot', state: { text: 'x'.repeat(size), n: 0 }, callbacks })
  for (let n = 0; n < 3; n += 1) await server.call('inc')
  for (const key of ['a', 'b']) await server.call('bid', [key, 1])
  await engine.close()
  return path
}

const opened = (
  path: string,
  options: Partial<LmdbKeeperOptions> = {},
): { engine: Engine; reported: Error[] } => {
  const reported: Error[] = []
  const keeper = temporaryLmdbKeeper({ path, report: error => reported.push(error), ...options })
  return { engine: new Engine({ keeper }), reported }
}

const lot = { name: 'lot', state: undefined, callbacks, init: { retries: 0 } }

describe('a damaged record', () => {
  test.each<[string, number, number, number, RegExp]>([
    ['the head', Part.head, 0, 2_000, /the head of 'lot' in the store '.*' is damaged: its checksum/],
    ['a state that stands in the head', Part.head, 0, 10, /the head of 'lot'/],
    ['the snapshot', Part.snapshot, 0, 2_000, /the snapshot of the state of 'lot'/],
    ['the journal', Part.journal, 1, 2_000, /the journal, revision 3, of the state of 'lot'/],
    [
      'the journal of the dictionary',
      Part.journal,
      3,
      2_000,
      /the journal, revision 2, of the dictionary of 'lot'/,
    ],
  ])('%s: is named, and the server does not start', async (_, part, n, size, message) => {
    const path = await store(size)
    await spoil(path, part, n)
    const { engine } = opened(path)
    await expect(engine.start(lot)).rejects.toMatchObject({
      cause: { code: 'PEEPER_DAMAGED_RECORD', server: 'lot', message: expect.stringMatching(message) },
    })
    const other = await engine.start({ ...lot, name: 'other', state: { n: 7 } })
    expect(await other.call('read')).toBe(7)
    await engine.close()
  })

  test.each<[string, number]>([
    ['in the middle', 1],
    ['at the end', 2],
    ['at the beginning', 0],
  ])('a journal record that is not there, %s, is missed', async (_, n) => {
    const path = await store()
    await spoil(path, Part.journal, n, () => undefined)
    const { engine } = opened(path)
    const error = /the revisions from \d to \d are not there/
    await expect(engine.start(lot)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(error) },
    })
    await engine.close()
  })

  test('a snapshot that is not there is missed', async () => {
    const path = await store()
    await spoil(path, Part.snapshot, 0, () => undefined)
    const { engine } = opened(path, { onDamaged: 'last-good' })
    await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_DAMAGED_RECORD' } })
    await engine.close()
  })

  test('start with { reset: true } discards it', async () => {
    const path = await store()
    await spoil(path, Part.snapshot, 0)
    const { engine } = opened(path)
    await expect(engine.start(lot)).rejects.toThrow()
    engine.declare(lot)
    const server = await engine.start('lot', { reset: true, state: { text: '', n: 0 } })
    expect(await server.call('inc')).toBe(1)
    await engine.close()
  })

  test('an entry of a table fails the handler that opens it', async () => {
    const path = await store()
    await spoil(path, Part.entry, 1)
    const { engine } = opened(path)
    const server = await engine.start(lot)
    await expect(server.call('bids')).rejects.toMatchObject({
      cause: { code: 'PEEPER_DAMAGED_RECORD', place: "entry 2 of the table 'bids'", server: 'lot' },
    })
    expect(await server.call('read')).toBe(3)
    await engine.close()
  })
})

describe("a damaged record, with { onDamaged: 'last-good' }", () => {
  test.each<[string, (record: Buffer) => Buffer | undefined]>([
    ['damaged', record => Buffer.concat([record.subarray(0, -1), Buffer.of(0xff)])],
    ['not there', () => undefined],
  ])(
    'a journal that is %s in its middle ends before it; what comes after is written on that',
    async (_, change) => {
      const path = await store()
      await spoil(path, Part.journal, 1, change)
      const { engine, reported } = opened(path, { onDamaged: 'last-good', snapshot: {} })
      const server = await engine.start(lot)
      expect(await server.call('read')).toBe(1)
      expect(reported).toMatchObject([{ code: 'PEEPER_DAMAGED_RECORD', server: 'lot' }])
      expect(await server.call('inc')).toBe(2)
      expect(server.status().revision).toBe(7)
      await engine.close()
      const { engine: next } = opened(path)
      expect(await (await next.start(lot)).call('inc')).toBe(3)
      await next.close()
    },
  )

  test('of the dictionary likewise', async () => {
    const path = await store()
    await spoil(path, Part.journal, 5)
    const { engine, reported } = opened(path, { onDamaged: 'last-good' })
    const server = await engine.start(lot)
    expect(await server.call('dictionary')).toEqual([['n', 2]])
    expect(reported).toMatchObject([{ place: 'journal, revision 4, of the dictionary' }])
    await server.call('inc')
    await engine.close()
    const { engine: next } = opened(path)
    expect(await (await next.start(lot)).call('dictionary')).toEqual([['n', 4]])
    await next.close()
  })

  test('an entry of a table is left out, and reported', async () => {
    const path = await store()
    await spoil(path, Part.entry, 0)
    const { engine, reported } = opened(path, { onDamaged: 'last-good' })
    const server = await engine.start(lot)
    expect(await server.call('bids')).toEqual([['b', 1]])
    expect(reported).toMatchObject([{ place: "entry 1 of the table 'bids'", server: 'lot' }])
    await engine.close()
  })

  test('where nothing good is left the server does not start', async () => {
    const path = await store(10)
    await spoil(path, Part.head, 0)
    const { engine } = opened(path, { onDamaged: 'last-good' })
    await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_DAMAGED_RECORD' } })
    await engine.close()
  })
})

test.each<[string, number]>([
  ['the head', Part.head],
  ['the snapshot', Part.snapshot],
  ['the journal', Part.journal],
])('a record of a later release is not read, nor taken for a damaged one: %s', async (_, part) => {
  const path = await store()
  await spoil(path, part, 0, record => Buffer.concat([Buffer.of(2), record.subarray(1)]))
  const { engine } = opened(path, { onDamaged: 'last-good' })
  await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_NEWER_STORE' } })
  await engine.close()
})
