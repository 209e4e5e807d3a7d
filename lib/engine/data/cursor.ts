import type { DraftNode } from './node.js'

const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object

/** An iteration over a Map or Set that may be copied while it runs: it goes on in the copy, where it stood. */
export class Cursor<T> {
  #keys: Iterator<unknown>
  #passed = 0
  #done = false

  constructor(
    keys: Iterator<unknown>,
    readonly show: (key: unknown) => T,
    readonly node: DraftNode,
  ) {
    this.#keys = keys
  }

  declare [Symbol.iterator]: () => this

  next(): IteratorResult<T, undefined> {
    this.node.alive()
    const next = this.#keys.next()
    if (this.#done || next.done === true) {
      this.#done = true
      return { done: true, value: undefined }
    }
    this.#passed++
    return { done: false, value: this.show(next.value) }
  }

  /** Goes on in the copy. It is told before the first change, so the copy still has the order it has gone through. */
  moveTo(keys: Iterator<unknown>): void {
    if (this.#done) return
    for (let i = 0; i < this.#passed; i++) keys.next()
    this.#keys = keys
  }
}

Object.setPrototypeOf(Cursor.prototype, IteratorPrototype)
