import type { Clock, Timer } from '../../engine/clock.js'
import type { Log } from './log.js'

/** ms after the start: `enableShutdownHooks()` may well be called after `listen()` or `createApplicationContext()`. */
const GRACE = 1_000

/** Warns if a SIGTERM will end the process without closing the application. */
export const watchShutdownHooks = (clock: Clock, log: Log): Timer => {
  const timer = clock.after(GRACE, () => {
    if (process.listenerCount('SIGTERM') > 0) return
    log.write(
      'warn',
      'Shutdown hooks are off: a SIGTERM ends this process without serving queued messages and without @Terminate(). ' +
        'Call app.enableShutdownHooks() before app.listen().',
    )
  })
  timer.hold(false)
  return timer
}
