import { AsyncLocalStorage } from 'node:async_hooks'
import type { Callbacks, CarriedContexts, Context } from 'nestjs-peeper/engine'

/** Declared on one side only. */
export class Money {
  constructor(readonly cents: number) {}
}

/** What a bridge is told to do wrong, and where. */
interface Wrong {
  readonly at: 'here' | 'there'
  readonly does: 'throw' | 'nothing' | 'throw when asked'
}

export const als = new AsyncLocalStorage<unknown>()
const wrong = new AsyncLocalStorage<Wrong | undefined>()

/** A context that is no `AsyncLocalStorage`, and is well or badly written. */
export const bridge = {
  run: <T>(store: Wrong, work: () => T): T => wrong.run(store, work),
}

export const contextsOf = (side: Wrong['at']): CarriedContexts => ({
  als,
  bridge: {
    getStore: () => {
      const store = wrong.getStore()
      if (store?.at === side && store.does === 'throw when asked') throw new Error('cannot tell')
      return store
    },
    run: <T>(store: unknown, work: () => T): T => {
      const { at, does } = (store ?? {}) as Partial<Wrong>
      if (at === side && does === 'throw') throw new Error('cannot enter')
      if (at === side && does === 'nothing') return undefined as T
      return wrong.run(store as Wrong | undefined, work)
    },
  },
  /** Has a bug: of nothing it makes an error. */
  picky: {
    getStore: () => ({}),
    run: <T>(store: unknown, work: () => T): T => Object.keys(store as object) && work(),
  },
})

interface State {
  seen: unknown[]
}

export const callbacks: Callbacks = {
  init: (state: State) => state,
  call: {
    look: () => als.getStore(),
    seen: ({ seen }: State) => seen,
    /** Tells itself something where that is current. */
    tellMoney: (_: State, cents: number, { self }: Context) => {
      als.run(new Money(cents), () => {
        self.cast('note')
      })
    },
    tellWrong: (_: State, does: Wrong['does'], { self }: Context) => {
      wrong.run({ at: 'here', does }, () => {
        self.cast('note')
      })
    },
    enter: () => {
      als.enterWith('left behind')
    },
    /** Tells it when its turn is over. */
    leave: (_: State, __: undefined, { self }: Context) => {
      queueMicrotask(() => {
        als.run(
          () => 'no data',
          () => {
            self.cast('note')
          },
        )
      })
    },
    wait: () => new Promise(resolve => setImmediate(resolve)),
  },
  cast: {
    note: ({ seen }: State) => {
      seen.push(als.getStore() ?? 'none')
    },
  },
  terminate: () => undefined,
}
