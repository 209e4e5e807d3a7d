import type { Envelope } from '../mailbox/envelope.js'
import { handlerFor } from '../worker/callbacks.js'
import { noEffects } from '../worker/effects.js'
import type { Completion, Worker } from '../worker/worker.js'
import { changeCode } from './code-change.js'
import { unknownMessage } from './gate.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'
import { unchanged } from './memoranda.js'

/** Runs one message of a life on a state: by its handler, unless it is the server's own, or was handled before. */
export const handle = (
  life: Incarnation,
  worker: Worker,
  envelope: Envelope,
  state: unknown,
): Completion | Promise<Completion> => {
  const { home } = life
  const known = envelope.system ?? envelope.request
  const own = known === undefined ? undefined : withoutHandler(home, worker, envelope, state)
  if (own !== undefined) return own
  return home.settings.reaches
    ? home.environment.waiting.during(life, envelope, () => worker.run(envelope, state))
    : worker.run(envelope, state)
}

const withoutHandler = (
  home: Home,
  worker: Worker,
  envelope: Envelope,
  state: unknown,
): Completion | Promise<Completion> | undefined => {
  const { system, request, name } = envelope
  if (request !== undefined) return home.memoranda?.recall(envelope, request, state)
  if (system?.type === 'codeChange') return changeCode(home.address, worker, state, system)
  if (system?.type === 'reply') {
    const replies = [{ from: { server: home.address, id: system.id }, value: system.value }]
    return { ...unchanged(state), effects: { ...noEffects(), replies } }
  }
  if (system?.type !== 'reminder') return undefined
  if (!system.due.isTold) return unchanged(state)
  if (handlerFor(home.program.tables.info, name) !== undefined) return undefined
  return { ...unchanged(state), answer: 'refuse', value: unknownMessage(home, 'info', name) }
}
