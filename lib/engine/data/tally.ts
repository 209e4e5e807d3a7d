import {
  ALL_SHAREABLE,
  brand,
  heightOf,
  isShareable,
  Kind,
  kindOfMark,
  markFrom,
  markOf,
  MAX_DEPTH,
  tallestBelow,
} from './kept.js'
import { tooDeep, type Step } from './step.js'

/** Sums up the parts of a node that is being built, and completes the node. */
export class Tally {
  private shared = ALL_SHAREABLE
  private tallest = 0

  /** Counts a kept part in. */
  add(part: unknown): void {
    if (typeof part === 'object' && part !== null) this.addMark(markOf(part))
  }

  /** Counts a kept part in by its mark. */
  addMark(mark: number): void {
    this.shared &= mark
    if (mark > this.tallest) this.tallest = mark
  }

  /** Brands and freezes a node all of whose parts were counted. */
  finish<T extends object>(node: T, kind: number, up: Step | null): T {
    const mark = markFrom(kind, this.shared, this.tallest)
    if (heightOf(mark) > MAX_DEPTH) throw tooDeep(up)
    return brand(node, mark)
  }

  /** The same when only the parts that differ from a base were counted: the base's own mark speaks for the others. */
  finishFrom<T extends object>(base: object, node: T, up: Step | null): T {
    const mark = markOf(base)
    const kind = kindOfMark(mark)
    const others = tallestBelow(mark)
    if (others > this.tallest) this.tallest = others
    if (isShareable(mark)) this.shared &= mark
    else if (kind !== Kind.map && kind !== Kind.set) this.addUntilUnshared(node)
    return this.finish(node, kind, up)
  }

  private addUntilUnshared(node: object): void {
    if (this.shared === 0) return
    for (const part of Array.isArray(node) ? (node as unknown[]) : Object.values(node)) {
      this.add(part)
      if (this.shared === 0) return
    }
  }
}
