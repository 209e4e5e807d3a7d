import { inspect } from 'node:util'
import type { CollectionNode } from './draft-collection.js'
import { inspectDraft } from './inspect.js'
import { Face } from './node.js'

type Node = CollectionNode<Map<unknown, unknown> | Set<unknown>>

/** What a Map and a Set under draft have in common. */
export abstract class CollectionFace<N extends Node> extends Face<N> {
  get size(): number {
    return Face.live(this).now.size
  }

  has(key: unknown): boolean {
    return Face.live(this).has(key)
  }

  delete(key: unknown): boolean {
    return Face.live(this).delete(key)
  }

  clear(): void {
    Face.live(this).clear()
  }

  abstract entries(): Iterable<[unknown, unknown]>

  forEach(visit: (value: unknown, key: unknown, whole: this) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) visit.call(self, value, key, this)
  }
}

const common = Object.getOwnPropertyDescriptors(CollectionFace.prototype)

/** Gives a stand-in the looks of the built-in: its prototype, its constructor, its iterator, its print. */
export function dressAs(face: object, builtIn: object, iterator: string): void {
  Object.setPrototypeOf(face, builtIn)
  Object.defineProperties(face, common)
  const look = (key: PropertyKey, value: unknown) =>
    Object.defineProperty(face, key, { value, configurable: true, writable: true })
  look('constructor', builtIn.constructor)
  look(Symbol.iterator, (face as Record<string, unknown>)[iterator])
  look(inspect.custom, inspectDraft)
}
