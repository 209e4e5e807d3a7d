import { Redis } from 'ioredis'
import { calibrated, elapsed } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'

const SERVERS = 64
const URL = process.env.PEEPER_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'
const STATE = 'x'.repeat(100)

/** A prefix of this process, and what takes its keys away. */
const place = (): { readonly prefix: string; readonly client: Redis } => {
  const prefix = `peeper-bench-${process.pid}`
  const client = new Redis(URL)
  process.once('beforeExit', () => {
    void client.keys(`{${prefix}}:*`).then(keys => (keys.length > 0 ? client.unlink(keys) : 0))
  })
  return { prefix, client }
}

/** All at once, each so many, one after the other. */
const shared =
  (calls: readonly (() => Promise<unknown>)[]) =>
  (n: number): Promise<number> =>
    elapsed(() =>
      Promise.all(
        calls.map(async call => {
          for (let i = 0; i < n; i += 1) await call()
        }),
      ),
    )

/** What a change of one server takes, of what one of each took. */
const ofOne = (sample: () => Promise<number>) => async (): Promise<number> => (await sample()) / SERVERS

const ours: Trial = {
  prepare: async effort => {
    const { Engine } = await import('nestjs-peeper/engine')
    const { redisKeeper } = await import('nestjs-peeper/redis')
    const engine = new Engine({ keeper: redisKeeper({ url: URL, prefix: place().prefix }) })
    const inc = (state: { n: number }): number => (state.n += 1)
    const calls: (() => Promise<unknown>)[] = []
    for (let i = 0; i < SERVERS; i += 1) {
      const state = { n: 0, text: STATE }
      const server = await engine.start({ name: `s${i}`, state, callbacks: { call: { inc } } })
      calls.push(() => server.call('inc'))
    }
    return named('peeper', ofOne(await calibrated(effort, shared(calls))))
  },
}

/** The same script, and as many bytes, by nothing but the driver. */
const driver: Trial = {
  prepare: async effort => {
    const { prefix, client } = place()
    const heard: string[][] = []
    const { redisKeeper } = await import('nestjs-peeper/redis')
    const listening = {
      call: (command: string, args: (string | Buffer)[]) => client.call(command, args),
      eval: (script: string, keys: number, args: (string | Buffer)[]) => client.eval(script, keys, ...args),
      evalsha: (sha: string, keys: number, args: (string | Buffer)[]) => {
        heard.push([sha, String(keys), ...args] as string[])
        return client.evalsha(sha, keys, ...args)
      },
    }
    const keeper = redisKeeper({ client: listening, prefix })
    const state = { n: 0, text: STATE }
    const change = { version: 1, state, patches: [], tables: [], dictionary: [] }
    for (const revision of [1, 2])
      await keeper.commit({ name: 'heard' }, { ...change, revision }, revision - 1)
    const [sha = '', keys = '', ...args] = heard.at(-1) ?? []
    const [head, tail] = [args.slice(0, Number(keys)), args.slice(Number(keys) + 3)]
    const calls = Array.from({ length: SERVERS }, (_, i) => {
      const own = head.map(key => key.replace(/heard$/, `raw${i}`))
      let revision = 0
      return async () => {
        const answer = await client.evalsha(
          sha,
          keys,
          ...own,
          ...[String(revision), String((revision += 1)), `token.${revision}`],
          ...tail,
        )
        if ((answer as number[])[0] !== 1) throw new Error(`it answered ${String(answer)}`)
      }
    })
    return named('ioredis', ofOne(await calibrated(effort, shared(calls))))
  },
}

export const redis: Row = {
  row: 21,
  work: `a change kept in Redis, ${SERVERS} servers at once`,
  server: { name: 'Redis', variable: 'PEEPER_TEST_REDIS_URL', url: URL },
  trials: { peeper: ours, ioredis: driver },
  comparisons: [{ work: 'one change', ours: 'peeper', peer: 'ioredis', target: { times: 1.43 } }],
}
