import { types as is } from 'node:util'
import { put, shallow, type Dict } from './shape.js'

const PIECE = 10_000

/** The way to a part: property names, array indexes, Map keys (primitives only). The empty path is the whole state. */
export type Path = readonly unknown[]

/**
 * One change between two kept states. Patches are plain data and apply in their order.
 *
 * - `set`: the property, element or Map entry at the path; with the empty path the whole state
 * - `delete`: the property or Map entry at the path; for a Set, its last part is the member
 * - `add`: a member at the end of the Set at the path
 * - `splice`: in the array at the path, `remove` elements at `start` give way to `items`
 */
export type Patch =
  | { readonly op: 'set'; readonly path: Path; readonly value: unknown }
  | { readonly op: 'delete'; readonly path: Path }
  | { readonly op: 'add'; readonly path: Path; readonly value: unknown }
  | {
      readonly op: 'splice'
      readonly path: Path
      readonly start: number
      readonly remove: number
      readonly items: readonly unknown[]
    }

/**
 * Applies patches to a state and returns the next one. Neither the base nor the patches are changed; the nodes on the way to
 * a change are copied once, all others shared. The result is plain data, to be kept through `Data.keep`.
 *
 * Only own properties are written, so a key such as `__proto__` is a key like any other.
 *
 * @example
 * replay({ n: 1 }, [{ op: 'set', path: ['n'], value: 2 }]) // { n: 2 }
 *
 * @throws TypeError when a path leads nowhere: the patches were not made for this base
 */
export function replay(base: unknown, patches: readonly Patch[]): unknown {
  const owned = new Set<unknown>()
  let root = base
  for (const patch of patches) {
    const { path } = patch
    if (patch.op === 'set' && path.length === 0) {
      root = patch.value
      continue
    }
    root = own(root, owned, path)
    let node = root as object
    const depth = patch.op === 'set' || patch.op === 'delete' ? path.length - 1 : path.length
    for (let i = 0; i < depth; i++) {
      const part = own(read(node, path[i]), owned, path)
      write(node, path[i], part)
      node = part
    }
    apply(node, patch)
  }
  return root
}

function apply(node: object, patch: Patch): void {
  const last = patch.path.at(-1)
  switch (patch.op) {
    case 'set':
      write(node, last, patch.value)
      return
    case 'delete':
      if (is.isMap(node) || is.isSet(node)) node.delete(last)
      else Reflect.deleteProperty(node, last as string)
      return
    case 'add':
      ;(node as unknown as Set<unknown>).add(patch.value)
      return
    case 'splice':
      spliceInto(node as unknown[], patch.start, patch.remove, patch.items)
  }
}

/** Arguments stand on the stack, so a long list goes in by pieces. */
function spliceInto(list: unknown[], start: number, remove: number, items: readonly unknown[]): void {
  list.splice(start, remove, ...items.slice(0, PIECE))
  for (let i = PIECE; i < items.length; i += PIECE) list.splice(start + i, 0, ...items.slice(i, i + PIECE))
}

function own(part: unknown, owned: Set<unknown>, path: Path): object {
  if (owned.has(part)) return part as object
  if (typeof part !== 'object' || part === null) {
    throw new TypeError(
      `A patch at ${path.map(String).join(' → ')} does not fit this state: it was made for another revision.`,
    )
  }
  const copy = copied(part)
  owned.add(copy)
  return copy
}

function copied(node: object): object {
  if (Array.isArray(node)) return [...(node as unknown[])]
  if (is.isMap(node)) return new Map(node)
  if (is.isSet(node)) return new Set(node)
  return shallow(node)
}

function read(node: object, key: unknown): unknown {
  if (is.isMap(node)) return node.get(key)
  return Object.hasOwn(node, key as string) ? (node as unknown as Dict)[key as string] : undefined
}

function write(node: object, key: unknown, value: unknown): void {
  if (is.isMap(node)) node.set(key, value)
  else put(node as unknown as Dict, key as string, value)
}
