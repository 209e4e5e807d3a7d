import { guard } from '../guard.js'
import { Envelope } from '../mailbox/envelope.js'
import type { Directive } from '../outcome.js'
import type { Effects } from '../worker/effects.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'
import type { Timers } from './timers.js'

/** Carries out what a committed handler of this life asked for. Once that is over there are no timers and no bonds. */
export const perform = (
  life: Incarnation,
  timers: Timers | undefined,
  { replies, timers: wanted, cancelled, bonds, afterCommit }: Effects,
): void => {
  const { home } = life
  for (const { from, value } of replies) home.answer(from, value)
  if (timers !== undefined && life.endedBy === undefined) {
    for (const timer of wanted) (timer.repeats ? setTicks : setTimer)(home, timers, timer)
    for (const { timer } of cancelled) timers.cancel(timer)
    for (const bond of bonds) home.environment.bonds.request(life, bond)
  }
  for (const effect of afterCommit)
    guard(effect, error => {
      home.report('afterCommit', error)
    })
  home.residence?.reconsider()
}

/** What the outcome asks to come next: before any queued message. */
export const nextStep = (home: Home, { continue: step }: Directive): Envelope | undefined => {
  if (step === undefined) return undefined
  const [name, payload] = typeof step === 'string' ? [step, undefined] : step
  return new Envelope(home, 'continue', name, payload).keepContext()
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

type Wanted = Effects['timers'][number]

const setTimer = (home: Home, timers: Timers, { ref, ms, message, payload }: Wanted): void => {
  const info = new Envelope(home, 'info', message, payload).keepContext()
  timers.start(ref.timer, ms, () => {
    home.deliver(info)
  })
}

const setTicks = (home: Home, timers: Timers, { ref, ms, message, payload }: Wanted): void => {
  const first = new Envelope(home, 'info', message, payload).keepContext()
  let tick: Envelope | undefined
  const next = (): void => {
    tick = new Envelope(home, 'info', message, home.data.copy(payload)).keepContext()
    home.deliver(tick)
  }
  timers.repeat(ref.timer, ms, () => {
    if (tick?.isQueued !== true) first.inside(next, undefined, undefined)
  })
}
