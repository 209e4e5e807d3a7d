import { inspect } from 'node:util'
import { inspectDraft } from './inspect.js'

/** Gives a stand-in the looks of the built-in: its prototype, its constructor, its iterator, its print. */
export function dressAs(face: object, builtIn: object, iterator: string): void {
  Object.setPrototypeOf(face, builtIn)
  const look = (key: PropertyKey, value: unknown) =>
    Object.defineProperty(face, key, { value, configurable: true, writable: true })
  look('constructor', builtIn.constructor)
  look(Symbol.iterator, (face as Record<string, unknown>)[iterator])
  look(inspect.custom, inspectDraft)
}
