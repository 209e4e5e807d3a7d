import type { CrashInjector, CrashPoint } from '../engine/server/environment.js'

/** A crash that was ordered. */
interface Order {
  readonly server: string
  readonly point: CrashPoint
  readonly message: string | undefined
  readonly error: Error
}

/** Crashes a server at a place of your choice, to see that nothing is lost and nothing half-done is kept. */
export interface Crashes {
  /** Give this to the engine (`{ injectCrash }`) or to Nest by `overrideProvider(PEEPER_CRASH_INJECTOR)`. */
  readonly inject: CrashInjector
  /**
   * The next message of this server (or the next of that name) crashes there, once:
   * `'before-handling'`, `'before-commit'` (it ran, its change is lost), `'before-reply'` (its change is kept, its caller is not told).
   */
  next(server: string, point: CrashPoint, message?: string, error?: Error): void
  /** Ordered and not yet happened. */
  readonly pending: number
}

/**
 * Orders crashes for a test.
 *
 * @example
 * const crashes = crashInjector()
 * const engine = new Engine({ injectCrash: crashes.inject })
 * crashes.next('counter', 'before-commit')
 */
export const crashInjector = (): Crashes => {
  const orders: Order[] = []
  return {
    inject: (server, point, message) => {
      const due = orders.findIndex(
        order =>
          order.server === server &&
          order.point === point &&
          (order.message === undefined || order.message === message),
      )
      const [order] = due < 0 ? [] : orders.splice(due, 1)
      if (order !== undefined) throw order.error
    },
    next: (server, point, message, error = new Error(`an injected crash ${point.replace('-', ' ')}`)) => {
      orders.push({ server, point, message, error })
    },
    get pending() {
      return orders.length
    },
  }
}
