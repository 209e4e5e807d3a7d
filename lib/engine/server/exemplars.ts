import { Data } from '../data/data.js'
import { Tally } from '../data/tally.js'
import { Limit } from '../deadlines.js'
import { ServerExitedError } from '../errors.js'
import { Pipeline } from '../keeper/pipeline.js'
import { StateChange } from '../keeper/state-change.js'
import { Envelope } from '../mailbox/envelope.js'
import { done } from '../promptly.js'
import { Exits, type Exit } from '../supervisor/exits.js'
import { Waiters } from '../waiters.js'
import { handlerTables } from '../worker/callbacks.js'
import type { Program } from '../worker/program.js'
import { Turn } from '../worker/turn.js'
import { CompletedTurn } from './completed-turn.js'
import { exemplaryLife } from './exemplary-life.js'
import { FirstCommit } from './first-commit.js'
import type { Ending } from './last-words.js'
import { Start } from './start.js'

const nobody = {} as never
const data = new Data()
const program: Program = {
  callbacks: {},
  tables: handlerTables({}),
  data,
  types: [],
  refuses: [],
  version: 1,
}

/** The turn of a message, up to where its answer would leave, on a state of this kind. */
const turnOn = (state: unknown, touch: (draft: unknown) => unknown): readonly object[] => {
  const envelope = new Envelope(nobody, 'call', '', undefined)
  void envelope.answer()
  const kept = data.keep(state)
  const turn = new Turn(program, nobody, kept, envelope)
  touch(turn.draft.value)
  const completion = turn.complete(undefined)
  return [envelope, turn, new CompletedTurn(nobody, nobody, envelope, completion, kept, 1)]
}

const exit: Exit = { slot: nobody, child: nobody, reason: 'normal' }
const ending: Ending = { life: nobody, reason: 'normal', shutdown: 0, killed: new Waiters() }

interface Everything {
  readonly list: number[]
  readonly map: Map<number, number>
  readonly set: Set<number>
  readonly inner: { n: number }
}

/**
 * One of each object that a message makes, or a crash, for good. At a full collection V8 forgets the shape of objects of which none is alive, and with it
 * all the code it has optimised for them; an idle server holds none, and its next messages would take half as long again.
 */
export const exemplars: readonly object[] = [
  ...turnOn(0, n => n),
  ...turnOn({ list: [0], map: new Map(), set: new Set(), inner: { n: 0 } }, draft => {
    const { list, map, set, inner } = draft as Everything
    list.push(list.length)
    map.set(0, 0)
    set.add(0)
    inner.n += 1
  }),
  ...exemplaryLife(),
  new Tally(),
  new Pipeline(),
  new StateChange(undefined, undefined, 1, 1, undefined),
  new Start(nobody, nobody),
  new FirstCommit(1, undefined, undefined, undefined),
  new Limit(done),
  new Waiters(),
  new Exits(done),
  exit,
  ending,
  new ServerExitedError('', '', 'normal'),
]
