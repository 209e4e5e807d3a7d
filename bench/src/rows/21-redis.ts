import { Redis } from 'ioredis'
import { calibrated, timed } from '../measure.js'
import type { Effort } from '../effort.js'
import type { Row, Sampler, Trial } from '../row.js'

const SERVERS = 64
const URL = process.env.PEEPER_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'
const WARM_UP = 1_000 // of each: the engine's code is compiled piece by piece, and a round trip runs it seldom
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

/** Changes a second: all at once, each so many, one after the other. */
const changing = async (
  name: string,
  calls: readonly (() => Promise<unknown>)[],
  effort: Effort,
): Promise<Sampler> => {
  const run = (n: number): Promise<number> =>
    timed(() =>
      Promise.all(
        calls.map(async call => {
          for (let i = 0; i < n; i += 1) await call()
        }),
      ),
    )
  await run(WARM_UP * effort.scale)
  const sample = await calibrated(effort, run)
  return async () => ({ [name]: (1e9 * calls.length) / (await sample()) })
}

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
    return changing('64 servers', calls, effort)
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
    return changing('ioredis, the same script', calls, effort)
  },
}

export const redis: Row = {
  row: 21,
  work: `a change kept in Redis, ${SERVERS} servers at once`,
  server: { name: 'Redis', variable: 'PEEPER_TEST_REDIS_URL', url: URL },
  trials: { '64 servers': ours, 'ioredis, the same script': driver },
  comparisons: [
    {
      work: '64 callers, a server each',
      ours: '64 servers',
      peer: 'ioredis, the same script',
      unit: '/s',
      target: { share: 0.7 },
    },
  ],
}
