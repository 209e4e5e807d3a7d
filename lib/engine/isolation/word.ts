import type { WorkerLostError } from './errors.js'
import type { Done, Report } from './frames.js'

/** What the other side says of a life. */
export type Word = Exclude<Report, { op: 'ready' | 'pong' | 'closed' | 'culprit' | 'gone' }>

/** What this side says for it when its place is gone. */
export interface LastWord {
  readonly op: 'lost'
  readonly reason: WorkerLostError
}

export const isCompletion = ({ op }: Word): boolean => op === 'done' || op === 'crashed'

/** Is no message that was sent before its turn to be handled after this one? */
export const endsRun = ({ directive, stop }: Pick<Done, 'directive' | 'stop'>): boolean =>
  stop !== undefined || directive?.continue !== undefined

/** Has the other side dropped what it had not begun? */
export const dropsWhatWaits = (word: Word): boolean =>
  word.op === 'crashed' || word.op === 'halted' || (word.op === 'done' && endsRun(word.done))
