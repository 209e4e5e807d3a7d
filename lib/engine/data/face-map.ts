import type { Cursor } from './cursor.js'
import type { MapNode } from './draft-map.js'
import { dressAs } from './face.js'
import { Face } from './node.js'

/**
 * What the handler sees: a Map by its prototype, without a Map's own store, so that nothing can get round the draft.
 *
 * What looks for that store finds an empty object: `structuredClone(state.map)` is `{}`, without an error. `new Map(state.map)` is
 * the copy to take.
 */
export class MapFace {
  readonly #node: MapNode

  constructor(node: MapNode) {
    this.#node = node
    new Face(this, node)
    Object.freeze(this)
  }

  get size(): number {
    return this.#alive().now.size
  }

  get(key: unknown): unknown {
    return this.#alive().get(key)
  }

  set(key: unknown, value: unknown): this {
    this.#alive().set(key, value)
    return this
  }

  has(key: unknown): boolean {
    return this.#alive().has(key)
  }

  delete(key: unknown): boolean {
    return this.#alive().delete(key)
  }

  clear(): void {
    this.#alive().clear()
  }

  forEach(visit: (value: unknown, key: unknown, map: this) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) {
      visit.call(self, value, key, this)
    }
  }

  keys(): Cursor<unknown> {
    const node = this.#alive()
    return node.iterate(key => node.showKey(key))
  }

  values(): Cursor<unknown> {
    const node = this.#alive()
    return node.iterate(key => node.get(key))
  }

  entries(): Cursor<[unknown, unknown]> {
    const node = this.#alive()
    return node.iterate(key => [node.showKey(key), node.get(key)])
  }

  #alive(): MapNode {
    if (this.#node.root.ended) this.#node.alive()
    return this.#node
  }
}

dressAs(MapFace.prototype, Map.prototype, 'entries')
