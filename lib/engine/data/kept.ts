/** What a kept node is. Kinds above `opaque` are met only outside, before a value is kept. */
export const Kind = {
  plain: 1,
  array: 2,
  map: 3,
  set: 4,
  typed: 5,
  leaf: 6,
  opaque: 7,
  boxed: 8,
  refused: 9,
  stored: 10,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

const KIND = 0b111
const SHAREABLE = 0b1000
const UNTYPED = 0b1_0000
const HEIGHT_SHIFT = 5

/** Deeper data is refused: the costliest walk, settling a draft touched at every level, exhausts the default stack at about 1 260. */
export const MAX_DEPTH = 1000

class Override {
  constructor(node: object) {
    return node
  }
}

/** Stamps a private field on an object it did not create: many times cheaper than a WeakSet, and nothing for the collector to do. */
class Brand extends Override {
  readonly #mark: number

  constructor(node: object, mark: number) {
    super(node)
    this.#mark = mark
  }

  static of(this: void, value: object): number {
    return #mark in value ? value.#mark : 0
  }
}

/** The mark of a kept node (kind, shareable, untyped, height in one number), 0 for anything that is not kept. */
export const markOf: (value: object) => number = Brand.of

/** The kind within a mark. */
export const kindOfMark = (mark: number): number => mark & KIND

/** Whether the kept node may leave as it is: nothing in it can be changed from outside. */
export const isShareable = (mark: number): boolean => (mark & SHAREABLE) !== 0

/** Whether a shareable node holds no instance of a declared type: so far as its mark can tell. */
export const isUntyped = (mark: number): boolean => (mark & UNTYPED) !== 0

/** How many levels of nodes stand in the kept node. */
export const heightOf = (mark: number): number => mark >> HEIGHT_SHIFT

/** An upper bound for the marks of the parts of a node. */
export const tallestBelow = (mark: number): number => mark - (1 << HEIGHT_SHIFT)

/**
 * Sums up the parts of a node that is being built: `shared` is the conjunction of their marks, `tallest` the highest.
 * The height stands in the upper bits, so the highest mark is the mark of the tallest part.
 */
export function markFrom(kind: number, shared: number, tallest: number): number {
  const traits =
    kind === Kind.plain || kind === Kind.array ? shared : kind === Kind.typed ? shared & SHAREABLE : 0
  return kind | traits | (((tallest >> HEIGHT_SHIFT) + 1) << HEIGHT_SHIFT)
}

/** The start value of `shared`. */
export const ALL_SHAREABLE = SHAREABLE | UNTYPED

/** Makes a node kept: branded, then frozen, in that order (a frozen object still takes a brand, but slowly). */
export function brand<T extends object>(node: T, mark: number): T {
  new Brand(node, mark)
  return Object.freeze(node)
}

/** Makes a leaf kept. It is not frozen (typed arrays refuse it) and never leaves. */
export function brandLeaf<T extends object>(leaf: T): T {
  new Brand(leaf, Kind.leaf | (1 << HEIGHT_SHIFT))
  return leaf
}
