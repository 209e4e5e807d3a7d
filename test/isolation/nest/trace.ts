import { AsyncLocalStorage } from 'node:async_hooks'

export interface Trace {
  readonly id: string
  /** No data. */
  readonly end?: () => void
}

/** Who asked, wherever it is handled. */
export const trace = new AsyncLocalStorage<Trace>()
export const contexts = { trace }

export const idOfTrace = (): string => trace.getStore()?.id ?? 'none'
