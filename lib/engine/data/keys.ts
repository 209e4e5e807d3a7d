import { markOf } from './kept.js'

/** From so many keys on V8 keeps an object as a dictionary, and sorts its keys each time it is asked for them. */
export const WIDE = 120

class Override {
  constructor(node: object) {
    return node
  }
}

/** The keys of a wide kept object, in a private field of its own as the brand is. Revisions with the same keys share one list. */
class Keys extends Override {
  readonly #keys: readonly string[]

  constructor(node: object, keys: readonly string[]) {
    super(node)
    this.#keys = keys
  }

  static of(this: void, value: object): readonly string[] | undefined {
    return #keys in value ? value.#keys : undefined
  }
}

/** The keys of an object: remembered for a kept one, which is frozen. */
export function keysOf(source: object): readonly string[] {
  const found = Keys.of(source)
  if (found !== undefined) return found
  const keys = Object.keys(source)
  if (keys.length > WIDE && markOf(source) !== 0) new Keys(source, keys)
  return keys
}

/** Says that a node about to be kept has the very keys of the one it was made from. */
export function sameKeys(base: object, next: object): void {
  const keys = Keys.of(base)
  if (keys !== undefined) new Keys(next, keys)
}
