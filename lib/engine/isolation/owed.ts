import { dropsWhatWaits, isCompletion, type Word } from './word.js'

/** Which handlers, and what else, a life was asked to run that it has not answered. As it is heard: whether this side has come to them is no matter. */
export class Owed {
  /** Has the one that runs said that it awaits something? */
  isAwaited = false
  /** When each was asked for. */
  private asks: number[] = []
  /** Of how many what was put off until them runs there. */
  private commits = 0

  get any(): boolean {
    return this.isHandling || this.commits > 0
  }

  get isHandling(): boolean {
    return this.asks.length > 0
  }

  get since(): number {
    return this.asks[0] ?? Infinity
  }

  add(ask: number): void {
    this.asks.push(ask)
  }

  addCommit(): void {
    this.commits += 1
  }

  heard(word: Word): void {
    if (word.op === 'committed') this.commits -= 1
    if (word.op === 'awaits') this.isAwaited = true
    if (isCompletion(word) || word.op === 'over') {
      this.asks.shift()
      this.isAwaited = false
    }
    if (dropsWhatWaits(word)) this.asks = word.op === 'halted' && word.isBusy ? this.asks.slice(0, 1) : []
  }
}
