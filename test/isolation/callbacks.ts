import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { MessageChannel, threadId, type MessagePort } from 'node:worker_threads'
import { Graph } from './graph.js'
import {
  noreply,
  stop,
  Transfer,
  transfer,
  type Callbacks,
  type Context,
  type From,
} from 'nestjs-peeper/engine'

export interface State {
  n: number
  readonly seen: Map<string, Date>
}

interface Echo {
  readonly at: unknown
  readonly error: unknown
}

const codeOf = (error: unknown): unknown => error instanceof Error && (error as { code?: unknown }).code

/** Errors that are hard to tell of. */
const THROWN = {
  cycle: () => {
    const [one, two] = [new Error('one'), new Error('two')]
    return Object.assign(one, { cause: Object.assign(two, { cause: one }) })
  },
  getter: () =>
    Object.defineProperty(new Error('computed'), 'detail', {
      enumerable: true,
      get: () => {
        throw new Error('no detail')
      },
    }),
  itself: () => {
    const error = new Error('itself') as Error & { self?: unknown }
    error.self = error
    return error
  },
}

export const deep = (levels: number): unknown => {
  let value: unknown = 'x'
  for (let i = 0; i < levels; i += 1) value = [value]
  return value
}

const sum = (memory: ArrayBuffer): number => new Uint8Array(memory).reduce((all, byte) => all + byte, 0)

const bids = (ctx: Context) => ctx.tables.open<number, string>('bids', { access: 'protected' })

/** Of the servers of the isolation tests: the main side has their names, and threads run them. */
export const callbacks: Callbacks = {
  call: {
    read: ({ n }: State) => n,
    inc: (state: State, by: number | undefined) => {
      if (by !== undefined) state.seen.set(`+${by}`, new Date(by))
      return (state.n += by ?? 1)
    },
    where: () => [process.pid, threadId],
    echo: (_: State, payload: unknown) => payload,
    boom: (state: State) => {
      state.n = -1
      throw Object.assign(new RangeError('no'), { code: 'E_NO', cause: new Error('why') })
    },
    hang: (state: State) => {
      state.n = -1
      for (;;);
    },
    /** After it has awaited something. */
    hangLater: async (state: State) => {
      state.n = -1
      await new Promise(resolve => setTimeout(resolve, 20))
      for (;;);
    },
    /** Its event loop has no turn any more, and it goes on talking. */
    babble: async (_: State, __: undefined, { self }: Context) => {
      for (;;) {
        self.cast('inc')
        const since = performance.now()
        while (performance.now() - since < 5);
        await Promise.resolve()
      }
    },
    throw: (state: State, what: keyof typeof THROWN) => {
      state.n = -1
      throw THROWN[what]()
    },
    /** A child of its own that is left behind holds its stderr. */
    leaveChild: () => {
      spawn('sleep', ['20'], { stdio: ['ignore', 'ignore', 'inherit'], detached: true }).unref()
      process.exit(1)
    },
    /** What it leaves is written down. */
    keepDiary: (_: State, file: string, ctx: Context) => {
      ctx.onExit(() => {
        appendFileSync(file, 'exit\n')
      })
    },
    afterwards: (state: State, file: string, ctx: Context) => {
      state.n += 1
      ctx.afterCommit(() => {
        appendFileSync(file, 'committed\n')
      })
    },
    endAfterwards: (state: State, how: 'hang' | 'exit', ctx: Context) => {
      state.n += 1
      ctx.afterCommit(() => {
        if (how === 'exit') process.exit(1)
        for (;;);
      })
    },
    /** Asks its own server when it has ended; what it heard is written down. */
    askLater: (_: State, file: string, { self }: Context) => {
      setTimeout(() => {
        self.call('read').then(
          () => {
            appendFileSync(file, 'fine\n')
          },
          (error: unknown) => {
            appendFileSync(file, `${String(codeOf(error))}\n`)
          },
        )
      }, 50)
    },
    keepDeep: async (_: State, levels: number, ctx: Context) => {
      ;(await bids(ctx)).set(0, deep(levels) as never)
    },
    /** Until the process says so. */
    await: async (state: State) => {
      state.n = -1
      await new Promise(() => undefined)
    },
    sleep: async (_: State, ms: number) => {
      await new Promise(resolve => setTimeout(resolve, ms))
      return 'slept'
    },
    /** Its life will be over when this is heard. */
    leave: (_: State, ms: number, { self }: Context) => {
      setTimeout(() => {
        void self.call('inc').then(() => {
          self.cast('inc')
        })
      }, ms)
    },
    fill: (state: State) => {
      state.n = -1
      const all: unknown[] = []
      for (;;) all.push(new Array(1_000).fill({}))
    },
    exit: (state: State) => {
      state.n = -1
      process.exit(3)
    },
    regex: (state: State) => {
      state.n = -1
      return /^(a+)+$/.test(`${'a'.repeat(60)}!`)
    },
    hugeArray: (state: State) => {
      state.n = -1
      return new Array(2 ** 26).fill({}).length
    },
    rejection: async (state: State) => {
      state.n = -1
      void Promise.reject(new Error('nobody waits for this'))
      await new Promise(() => undefined)
    },
    timer: async (state: State) => {
      state.n = -1
      setTimeout(() => {
        throw new Error('from a timer')
      }, 0)
      await new Promise(() => undefined)
    },
    abort: (state: State) => {
      state.n = -1
      process.abort()
    },
    signal: async (state: State, signal: 'SIGKILL' | 'SIGSEGV') => {
      state.n = -1
      process.kill(process.pid, signal)
      await new Promise(() => undefined)
    },
    stray: (state: State) => {
      state.n += 1
      setTimeout(() => {
        throw new Error('from a timer')
      }, 0)
      return state.n
    },
    wait: (state: State, from: undefined, ctx: Context) => {
      ctx.sendAfter(1, 'answer', ctx.from)
      return noreply<string>()
    },
    bid: async (_: State, [at, who]: readonly [number, string], ctx: Context) => {
      const table = await bids(ctx)
      table.set(at, who)
      ctx.dictionary.set('last', who)
      return table.size
    },
    all: async (_: State, __: undefined, ctx: Context) => [
      [...(await bids(ctx))],
      ctx.dictionary.get('last'),
    ],
    neighbour: (_: State, name: string, ctx: Context) => ctx.self.call(name),
    // Once it has ended it may call its own server.
    talk: (_: State, __: undefined, ctx: Context) => {
      const { self } = ctx
      const talk = async (): Promise<unknown[]> => {
        const reply = (await self.call('echo', { at: new Date(7), error: new TypeError('t') })) as Echo
        const refused: unknown = await self.call('nothing').catch((error: unknown) => error)
        const notData: unknown = await self.call('echo', () => 1).catch((error: unknown) => error)
        return [reply.at instanceof Date, reply.error instanceof TypeError, codeOf(refused), codeOf(notData)]
      }
      const { from } = ctx
      setTimeout(() => void talk().then(heard => ctx.reply(from!, heard)), 0)
      return noreply<unknown[]>()
    },
    /** The sum of its bytes. */
    take: (_: State, parcel: Transfer<ArrayBuffer>) => sum(parcel.take()),
    takeAll: (_: State, parcels: ReadonlyMap<string, { readonly of: Transfer<ArrayBuffer> }>) =>
      [...parcels.values()].map(parcel => sum(parcel.of.take())),
    length: (_: State, memory: Transfer<ArrayBuffer> | ArrayBuffer) =>
      (memory instanceof Transfer ? memory.take() : memory).byteLength,
    give: (_: State, bytes: readonly number[]) => transfer(Uint8Array.from(bytes).buffer),
    speak: (_: State, { port }: { readonly port: Transfer<MessagePort> }) => {
      port.take().postMessage('hello')
    },
    /** What it is answered cannot be made there. */
    askForFrail: (_: State, __: undefined, ctx: Context) => {
      const { self, from } = ctx
      setTimeout(() => {
        self.call('frail').catch((error: unknown) => {
          Graph.isFragile = false
          ctx.reply(from!, (error as Error).message)
        })
      }, 0)
      return noreply<string>()
    },
    frail: () => {
      setImmediate(() => {
        Graph.isFragile = true
      })
      return new Graph('x')
    },
    /** A line whose other end is closed when it is sent. */
    hangUp: async () => {
      const { port1, port2 } = new MessageChannel()
      const line = transfer(port1)
      port2.close()
      await new Promise(resolve => setTimeout(resolve, 20))
      return line
    },
    keepIt: (state: State & { kept?: unknown }, parcel: Transfer<ArrayBuffer>) => {
      state.kept = parcel
    },
    /** It goes through the hands of the main thread. */
    takeLater: (_: State, bytes: readonly number[], ctx: Context) => {
      const { self, from } = ctx
      const later = async (): Promise<unknown> => self.call('take', transfer(Uint8Array.from(bytes).buffer))
      setTimeout(() => void later().then(answer => ctx.reply(from!, answer)), 0)
      return noreply<number>()
    },
    stop: () => stop('normal', { reply: 'bye' }),
  },
  cast: {
    inc: (state: State) => void (state.n += 1),
    hang: () => {
      for (;;);
    },
  },
  info: {
    answer: (_: State, from: From, ctx: Context) => {
      ctx.reply(from, 'later')
    },
  },
}
