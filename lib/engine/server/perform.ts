import { guard } from '../guard.js'
import { Envelope } from '../mailbox/envelope.js'
import type { Effects } from '../worker/effects.js'
import type { Home } from './home.js'
import type { Timers } from './timers.js'

/** Carries out what a committed handler asked for. `timers` are those of its life; none when that is over. */
export const perform = (
  home: Home,
  timers: Timers | undefined,
  { replies, timers: wanted, cancelled, afterCommit }: Effects,
): void => {
  for (const { from, value } of replies) home.answer(from, value)
  if (timers !== undefined) {
    for (const { ref, ms, message, payload } of wanted) {
      const info = new Envelope(home, 'info', message, payload).keepContext()
      timers.start(ref.timer, ms, () => {
        home.deliver(info)
      })
    }
    for (const { timer } of cancelled) timers.cancel(timer)
  }
  for (const effect of afterCommit)
    guard(effect, error => {
      home.report('afterCommit', error)
    })
  home.residence?.reconsider()
}

/** Once it has been idle for so long, the server is told. */
export const awaitTimeout = (home: Home, timers: Timers, ms: number): void => {
  home.apart(() => {
    const info = new Envelope(home, 'info', 'timeout', undefined).keepContext()
    timers.whenIdle(ms, () => {
      home.deliver(info)
    })
  })
}
