import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bare } from '../contenders/bare.js'
import type { Contender } from '../contenders/contender.js'
import { named } from '../peer-trials.js'
import type { Comparison, Row, Trial } from '../row.js'

const SERVER = fileURLToPath(new URL('../http-server.js', import.meta.url))
const CONNECTIONS = 32

const ROUTES = {
  GET: 'counter', // calls 'read'
  POST: 'counter/increment', // calls 'increment', which changes the state
} as const
type Method = keyof typeof ROUTES

/** The application has a process of its own; the load comes from the trial's. */
const served = (method: Method, name: string, app: 'ours' | 'bare', by?: Contender): Trial => ({
  ...(by === undefined ? {} : { by }),
  prepare: async ({ load }) => {
    const { default: autocannon } = await import('autocannon')
    const server = fork(SERVER, [app], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const address = await Promise.race([once(server, 'message'), once(server, 'exit')]).then(([said]) =>
      String(said),
    )
    if (!address.startsWith('http')) throw new Error(`the application ended with ${address}`)
    const requests = async (): Promise<number> => {
      const result = await autocannon({
        url: `${address}/${ROUTES[method]}`,
        method,
        connections: CONNECTIONS,
        duration: load / 1_000,
      })
      const failed = result.non2xx + result.errors + result.timeouts
      if (failed > 0 || result['2xx'] === 0) throw new Error(`${failed} requests were not served`)
      return (result['2xx'] / (result.finish.getTime() - result.start.getTime())) * 1_000
    }
    for (let i = 0; i < 3; i += 1) await requests() // warms up
    return named(name, requests)
  },
})

const methods = Object.keys(ROUTES) as Method[]

export const http: Row = {
  row: 10,
  work: `the HTTP sample under load (${CONNECTIONS} connections), the same controller before a bare async method`,
  trials: Object.fromEntries(
    methods.flatMap(method => [
      [`ours, ${method}`, served(method, `ours, ${method}`, 'ours')],
      [`async method, ${method}`, served(method, `async method, ${method}`, 'bare', bare)],
    ]),
  ),
  comparisons: methods.map((method): Comparison => ({
    work: `${method} /${ROUTES[method]}`,
    ours: `ours, ${method}`,
    peer: `async method, ${method}`,
    unit: 'requests/s',
    target: { share: 0.9 },
  })),
}
