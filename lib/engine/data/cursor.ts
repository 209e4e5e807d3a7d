const IteratorPrototype: object = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
) as object

/** An iteration over a Map or Set that may be copied while it runs: it goes on in the copy, where it stood. */
export class Cursor<T> {
  #passed = 0
  #done = false

  constructor(
    private keys: Iterator<unknown>,
    private readonly show: (key: unknown) => T,
    private readonly alive: () => void,
  ) {}

  next(): IteratorResult<T, undefined> {
    this.alive()
    const next = this.keys.next()
    if (this.#done || next.done === true) {
      this.#done = true
      return { done: true, value: undefined }
    }
    this.#passed++
    return { done: false, value: this.show(next.value) }
  }

  /** Goes on in the copy, which is told before its first change and so has the same order still. */
  moveTo(keys: Iterator<unknown>): void {
    if (this.#done) return
    for (let i = 0; i < this.#passed; i++) keys.next()
    this.keys = keys
  }
}

Object.setPrototypeOf(Cursor.prototype, IteratorPrototype)
