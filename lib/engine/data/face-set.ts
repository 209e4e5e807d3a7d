import type { Cursor } from './cursor.js'
import type { SetNode } from './draft-set.js'
import { dressAs } from './face.js'
import { Face } from './node.js'

/** What the handler sees: a Set by its prototype, without a Set's own store. */
export class SetFace {
  readonly #node: SetNode

  constructor(node: SetNode) {
    this.#node = node
    new Face(this, node)
    Object.freeze(this)
  }

  get size(): number {
    return this.#alive().now.size
  }

  add(member: unknown): this {
    this.#alive().add(member)
    return this
  }

  has(member: unknown): boolean {
    return this.#alive().has(member)
  }

  delete(member: unknown): boolean {
    return this.#alive().delete(member)
  }

  clear(): void {
    this.#alive().clear()
  }

  forEach(visit: (value: unknown, key: unknown, set: this) => void, self?: unknown): void {
    for (const member of this.values()) visit.call(self, member, member, this)
  }

  keys(): Cursor<unknown> {
    return this.values()
  }

  values(): Cursor<unknown> {
    const node = this.#alive()
    return node.iterate(member => node.show(member))
  }

  entries(): Cursor<[unknown, unknown]> {
    const node = this.#alive()
    return node.iterate(member => {
      const shown = node.show(member)
      return [shown, shown]
    })
  }

  #alive(): SetNode {
    if (this.#node.root.ended) this.#node.alive()
    return this.#node
  }
}

dressAs(SetFace.prototype, Set.prototype, 'values')
