import { inspect, types as is } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { BadOptionError, TransferTakenError } from '../errors.js'
import { textOf } from '../exit.js'
import { isShareable, markOf } from './kept.js'
import { isDetached } from './leaf.js'
import { isPrimitive, type Dict } from './shape.js'

/** What can change hands without being copied. */
export type Transferable = ArrayBuffer | MessagePort

/**
 * What changes hands instead of being copied: a payload or a reply may have it anywhere in it, a state may not. Made by {@link transfer}. Whoever takes
 * it first has it, and nobody else.
 */
export class Transfer<T extends Transferable = Transferable> {
  #content: T | undefined

  /** @internal */
  constructor(content: T | undefined) {
    this.#content = content
  }

  /** Is nothing in it any more? */
  get isTaken(): boolean {
    return this.#content === undefined
  }

  /** @internal */
  get isPort(): boolean {
    return this.#content instanceof MessagePort
  }

  /**
   * Takes it out.
   *
   * @throws TransferTakenError when it was taken before, or could not come here: a MessagePort cannot leave its process
   */
  take(): T {
    const content = this.#content
    if (content === undefined) throw new TransferTakenError()
    this.#content = undefined
    return content
  }

  [inspect.custom](): string {
    return `Transfer { ${this.isTaken ? 'taken' : inspect(this.#content, { depth: 0 })} }`
  }
}

/**
 * Gives an ArrayBuffer or a MessagePort away, to be sent in a payload or a reply: large memory for a server in a thread, or a line to it. It is not
 * copied, and from now on no longer yours: the buffer is detached. Of a Buffer or a typed array give its `.buffer`, all of it goes. The handler (or the caller) gets a `Transfer` and takes it out. To a server in
 * another process the bytes of a buffer are copied all the same, and a MessagePort is refused.
 *
 * It goes once: a call with an `id`, which may be made again, cannot carry it, nor can a reminder; an interval has it in its first tick.
 *
 * @example
 * const callbacks = {
 *   call: { size: (_: unknown, picture: Transfer<ArrayBuffer>) => picture.take().byteLength },
 * }
 * const server = await new Engine().start({ name: 'pictures', callbacks })
 * await server.call('size', transfer(new ArrayBuffer(8))) // 8
 *
 * @throws BadOptionError for anything else, for what was given away or closed before, and for memory that others have a part of: a small Buffer's
 */
export const transfer = <T extends Transferable>(content: T): Transfer<T> => {
  try {
    const isThere = is.isArrayBuffer(content) ? !isDetached(content) : content instanceof MessagePort
    if (!isThere) throw new TypeError('gone, or of another kind')
    const moved = structuredClone(content, { transfer: [content] })
    if (is.isArrayBuffer(content) && !isDetached(content)) throw new TypeError('shared with others')
    return new Transfer(moved)
  } catch {
    throw new BadOptionError(
      'transfer()',
      'content',
      textOf(content),
      'a MessagePort, or an ArrayBuffer that is no part of a pool (as that of a small Buffer is), and not given away or closed before',
    )
  }
}

export const isTransfer = (value: unknown): value is Transfer => value instanceof Transfer

type Way = readonly (string | number)[]

/** The way to the first transfer in data that is one of these; `undefined` if none is. Instances that are not kept are not looked into. */
export const wayTo = (value: unknown, isOne: (transfer: Transfer) => boolean): Way | undefined => {
  if (isPrimitive(value) || typeof value !== 'object' || value === null) return undefined
  if (isTransfer(value)) return isOne(value) ? [] : undefined
  const mark = markOf(value)
  if (isShareable(mark)) return undefined
  let index = 0
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    for (const part of value as Iterable<unknown>) {
      const way = isPrimitive(part) ? undefined : wayTo(part, isOne)
      if (way !== undefined) return [index, ...way]
      index += 1
    }
    return undefined
  }
  if (mark === 0 && !isPlain(value)) return undefined
  for (const key of Object.keys(value)) {
    const part = (value as Dict)[key]
    const way = isPrimitive(part) ? undefined : wayTo(part, isOne)
    if (way !== undefined) return [key, ...way]
  }
  return undefined
}

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || prototype === Object.prototype
}

/** Does kept data carry a transfer? Then it can be sent once. */
export const carries = (kept: unknown): boolean => wayTo(kept, () => true) !== undefined
