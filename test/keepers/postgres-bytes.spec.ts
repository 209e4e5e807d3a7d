import { afterAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { Data, type TableWrite } from 'nestjs-peeper/engine'
import { postgresKeeper } from 'nestjs-peeper/postgres'
import { commit } from '../support/commit.js'
import { describeWith, privateServer } from '../support/stores/found-or-started.js'
import { postgresServer } from '../support/stores/postgres-server.js'

const data = new Data()
const ROUNDS = 10
const PAGE = 8_192 // of which PostgreSQL writes each whole once, after a checkpoint

// A server of our own: what another test writes would count.
describeWith(
  await privateServer(postgresServer),
  'what a commit writes to PostgreSQL follows what changed',
  store => {
    const pool = new pg.Pool({ connectionString: store.url })
    pool.on('error', () => undefined)
    const keeper = postgresKeeper({ pool })
    afterAll(async () => {
      await keeper.close?.()
      await pool.end()
    })

    /** Bytes of the log that one of these takes. */
    const written = async (work: (round: number) => Promise<unknown>): Promise<number> => {
      const at = async (): Promise<number> => {
        const { rows } = await pool.query<{ at: string }>(
          `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as at`,
        )
        return Number(rows[0]!.at)
      }
      const before = await at()
      for (let round = 0; round < ROUNDS; round += 1) await work(round)
      return ((await at()) - before) / ROUNDS
    }

    test('one field of a state of 5 MB', async () => {
      const server = { name: 'large' }
      const parts = Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [`part ${i}`, { n: 0, text: String(i).repeat(5_000) }]),
      )
      let state = await commit(keeper, server, { revision: 1, state: { parts } })
      const bytes = await written(async round => {
        const draft = data.draft(state)
        ;(draft.value as { parts: typeof parts }).parts['part 7']!.n = round + 1
        const next = draft.settle()
        draft.end()
        state = await commit(keeper, server, { revision: round + 2, base: state, state: next })
      })
      expect(bytes).toBeLessThan(2 * PAGE)
      expect(await keeper.load(server)).toMatchObject({ state: { parts: { 'part 7': { n: ROUNDS } } } })
    })

    test('one entry of a table of 100 000, as of a table of 10', async () => {
      const set = (key: number, value: unknown): TableWrite => ({ op: 'set', table: 'bids', key, value })
      const costOf = async (size: number): Promise<number> => {
        const server = { name: `of ${size}` }
        const create: TableWrite = { op: 'create', table: 'bids', ordered: false, access: 'private' }
        const entries = Array.from({ length: size }, (_, i) => set(i, { bid: i }))
        await commit(keeper, server, { revision: 1, state: 0, tables: [create, ...entries] })
        return written(round =>
          commit(keeper, server, {
            revision: round + 2,
            base: 0,
            state: 0,
            tables: [set(7, { bid: round })],
          }),
        )
      }
      expect(await costOf(100_000)).toBeLessThan((await costOf(10)) + 2 * PAGE)
    })
  },
)
