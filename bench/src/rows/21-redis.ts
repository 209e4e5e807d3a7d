import { Redis } from 'ioredis'
import type { Row } from '../row.js'
import { writing, type Write } from '../writing.js'

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

const ours = async (): Promise<Write> => {
  const { Engine } = await import('nestjs-peeper/engine')
  const { redisKeeper } = await import('nestjs-peeper/redis')
  const engine = new Engine({ keeper: redisKeeper({ url: URL, prefix: place().prefix }) })
  const inc = (state: { n: number }): number => (state.n += 1)
  const servers = await Promise.all(
    Array.from({ length: SERVERS }, (_, i) =>
      engine.start({ name: `s${i}`, state: { n: 0, text: STATE }, callbacks: { call: { inc } } }),
    ),
  )
  return caller => (servers[caller] as (typeof servers)[number]).call('inc') as Promise<number>
}

/** The same script, and as many bytes, by nothing but the driver. */
const driver = async (): Promise<Write> => {
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
  const change = { version: 1, state: { n: 0, text: STATE }, patches: [], tables: [], dictionary: [] }
  for (const revision of [1, 2]) await keeper.commit({ name: 'heard' }, { ...change, revision }, revision - 1)
  const [sha = '', keys = '', ...args] = heard.at(-1) ?? []
  const [head, tail] = [args.slice(0, Number(keys)), args.slice(Number(keys) + 3)]
  const own = Array.from({ length: SERVERS }, (_, i) => head.map(key => key.replace(/heard$/, `raw${i}`)))
  const revisions = own.map(() => 0)
  return async caller => {
    const before = revisions[caller] as number
    const next = [String(before), String(before + 1), `token.${before + 1}`]
    const answer = await client.evalsha(sha, keys, ...(own[caller] as string[]), ...next, ...tail)
    if ((answer as number[])[0] !== 1) throw new Error(`it answered ${String(answer)}`)
    return (revisions[caller] = before + 1)
  }
}

export const redis: Row = {
  row: 21,
  work: `a change kept in Redis, ${SERVERS} servers at once`,
  server: { name: 'Redis', variable: 'PEEPER_TEST_REDIS_URL', url: URL },
  trials: {
    '64 servers': writing('64 servers', SERVERS, ours),
    'ioredis, the same script': writing('ioredis, the same script', SERVERS, driver),
  },
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
