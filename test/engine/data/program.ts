import { types as is } from 'node:util'
import * as fc from 'fast-check'
import { define, key, tree } from './worlds.js'
import { show } from './show.js'

/** One step of a handler: where it goes and what it does there, in numbers that fit any state. */
export interface Step {
  way: number[]
  act: number
  at: number
  key: string
  value: unknown
}

export const program: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    way: fc.array(fc.nat(7), { maxLength: 4 }),
    act: fc.nat(20),
    at: fc.nat(5),
    key,
    value: tree,
  }),
  { maxLength: 12 },
)

/**
 * Runs a program on a draft or on the plain thing; the same program does the same to both. Fresh values are made anew for
 * each run, so that the two runs share nothing.
 */
export function run(state: unknown, steps: readonly Step[], fresh: (value: unknown) => unknown): void {
  for (const step of steps) act(walk(state, step.way), { ...step, value: fresh(step.value) })
}

function walk(from: unknown, way: readonly number[]): unknown {
  let at = from
  for (const choice of way) {
    const parts = partsOf(at).filter(part => typeof part === 'object' && part !== null)
    if (parts.length === 0) return at
    at = parts[choice % parts.length]
  }
  return at
}

function partsOf(node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null || isLeaf(node)) return []
  if (node instanceof Map || node instanceof Set) return [...node.values()] as unknown[]
  return Object.values(node)
}

function isLeaf(node: object): boolean {
  return is.isDate(node) || is.isRegExp(node) || ArrayBuffer.isView(node) || is.isNativeError(node)
}

function act(node: unknown, step: Step): void {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) onArray(node, step)
  else if (node instanceof Map) onMap(node, step)
  else if (node instanceof Set) onSet(node, step)
  else if (isLeaf(node)) onLeaf(node, step)
  else onObject(node as Record<string, unknown>, step)
}

function onObject(node: Record<string, unknown>, { act, at, key, value }: Step): void {
  const keys = Object.keys(node)
  const some = keys[at % Math.max(keys.length, 1)]
  switch (act % 5) {
    case 0:
    case 1:
      // A draft takes `__proto__` as a key like any other; the plain object has to be told to.
      if (Object.hasOwn(node, key) || key !== '__proto__') node[key] = value
      else put(node, key, value)
      return
    case 2:
      if (some !== undefined) node[some] = value
      return
    case 3:
      if (some !== undefined) delete node[some]
      return
    default:
      if (some !== undefined) put(node, key, node[some])
  }
}

function put(node: Record<string, unknown>, key: string, value: unknown): void {
  if (is.isProxy(node)) node[key] = value
  else define(node, key, value)
}

function onArray(list: unknown[], { act, at, value }: Step): void {
  const index = at % Math.max(list.length, 1)
  switch (act % 15) {
    case 0:
      return void list.push(value)
    case 1:
      return void list.pop()
    case 2:
      return void list.shift()
    case 3:
      return void list.unshift(value, at)
    case 4:
      return void list.splice(index, 1)
    case 5:
      return void list.splice(index, 1, value, at)
    case 6:
      return void list.reverse()
    case 7:
      return void list.sort((a, b) => (show(a) < show(b) ? -1 : show(a) > show(b) ? 1 : 0))
    case 8:
      list[index] = value
      return
    case 9:
      if (list.length > 0) list.push(list[index])
      return
    case 10:
      list.length = Math.min(list.length, at)
      return
    case 11:
      if (list.length > 1) list.push(...list.splice(index, 2))
      return
    case 12:
      return void list.splice(at - 3, at % 3, value)
    case 13:
      if (list.length > 0) list.unshift(list.pop())
      return
    default:
      list.copyWithin(0, index)
  }
}

function onMap(map: Map<unknown, unknown>, { act, at, key, value }: Step): void {
  const keys = [...map.keys()]
  const some = keys[at % Math.max(keys.length, 1)]
  switch (act % 6) {
    case 0:
      return void map.set(key, value)
    case 1:
      return void map.set(at, value)
    case 2:
      return void map.delete(some)
    case 3:
      if (map.size > 0) map.set(some, value)
      return
    case 4:
      if (map.size > 0) map.set(key, map.get(some))
      return
    default:
      for (const [k, v] of map) {
        if (v === null) map.delete(k)
        if (map.size < 4) map.set(`late ${at}`, at)
      }
  }
}

function onSet(set: Set<unknown>, { act, at, value }: Step): void {
  const some = [...set][at % Math.max(set.size, 1)]
  switch (act % 5) {
    case 0:
      return void set.add(value)
    case 1:
      return void set.add(at)
    case 2:
      return void set.delete(some)
    case 3:
      if (set.delete(some)) set.add(some)
      return
    default:
      set.forEach(member => member === null && set.delete(member))
  }
}

function onLeaf(node: object, { at, act }: Step): void {
  if (is.isDate(node)) node.setTime(at)
  else if (is.isRegExp(node)) node.lastIndex = at
  else if (is.isNativeError(node)) node.message = `changed ${at}`
  else if (act % 2 === 0) (node as Uint8Array)[0] = at
}
