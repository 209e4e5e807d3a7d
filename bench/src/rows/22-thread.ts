import { Worker } from 'node:worker_threads'
import type { Server } from 'nestjs-peeper/engine'
import type { Effort } from '../effort.js'
import { calibrated, timed } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { expectReply, sequential } from '../sequential.js'

const CALLERS = 64
const LARGE = 5 // MB
/** Both sides of the border have to be compiled, and a call that crosses it takes its time. */
const WARM_UP = 8

const warmed = (effort: Effort): Effort => ({ ...effort, warmUp: WARM_UP * effort.warmUp })

type Call = () => Promise<number>

const open = async (name: string, state: unknown): Promise<Server> => {
  const { Engine } = await import('nestjs-peeper/engine')
  const { callbacks, entry } = await import('../contenders/hosted.js')
  const engine = new Engine({ isolation: { entry, threads: 1, spares: 0 }, init: { timeout: 60_000 } })
  return engine.start({ name, state, callbacks, isolation: 'thread' })
}

/** A call to a server in a thread. */
const ours = async (): Promise<Call> => {
  const server = await open('reader', 1)
  return () => server.call('read') as Promise<number>
}

/** `postMessage` there and back: the answers come in the order of the messages. */
const raw = (): Promise<Call> => {
  const thread = new Worker(new URL('../contenders/echo.js', import.meta.url))
  const waiting: ((value: number) => void)[] = []
  thread.on('message', (message: { n: number }) => waiting.shift()?.(message.n))
  return Promise.resolve(
    () =>
      new Promise<number>(resolve => {
        waiting.push(resolve)
        thread.postMessage({ n: 1 })
      }),
  )
}

const one = (name: string, start: () => Promise<Call>): Trial => ({
  prepare: async effort => named(name, await sequential(warmed(effort), await start(), () => 1)),
})

const many = (name: string, start: () => Promise<Call>): Trial => ({
  prepare: async effort => {
    const call = await start()
    const sample = await calibrated(warmed(effort), n =>
      timed(() =>
        Promise.all(
          Array.from({ length: CALLERS }, async () => {
            for (let i = 0; i < n; i += 1) expectReply(await call(), 1)
          }),
        ),
      ),
    )
    return async () => ({ [name]: (CALLERS * 1e9) / (await sample()) })
  },
})

const changing = (name: string, megabytes: number): Trial => ({
  prepare: async effort => {
    const rest = Array.from({ length: megabytes * 1_000 }, (_, i) => `${i} ${'x'.repeat(990)}`)
    const server = await open('large', { n: 0, rest })
    return named(
      name,
      await sequential(
        warmed(effort),
        () => server.call('inc') as Promise<number>,
        n => n,
      ),
    )
  },
})

const [small, large] = ['of a small state', `of ${LARGE} MB`]

export const thread: Row = {
  row: 22,
  work: 'a call to a server in a thread, beside postMessage to one and back',
  trials: {
    'one call': one('one call', ours),
    'one postMessage': one('one postMessage', raw),
    [`${CALLERS} callers`]: many(`${CALLERS} callers`, ours),
    [`${CALLERS} postMessage`]: many(`${CALLERS} postMessage`, raw),
    [small]: changing(small, 0),
    [large]: changing(large, LARGE),
  },
  comparisons: [
    { work: 'one call', ours: 'one call', peer: 'one postMessage', target: { times: 1.7 } },
    {
      work: `${CALLERS} at the same time`,
      ours: `${CALLERS} callers`,
      peer: `${CALLERS} postMessage`,
      unit: '/s',
      target: { share: 0.6 },
    },
    { work: `one field ${large}`, ours: large, peer: small, target: { times: 1.1 } },
  ],
}
