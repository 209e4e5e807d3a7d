import { inspect } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { BadOptionError, TransferTakenError } from '../errors.js'
import { textOf } from '../exit.js'
import { isShareable, markOf } from './kept.js'
import { isDetached } from './leaf.js'
import { isPrimitive } from './shape.js'

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
 * copied, and from now on no longer yours: the buffer is detached. The handler (or the caller) gets a `Transfer` and takes it out. To a server in
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
 * @throws BadOptionError for anything else, and for what was given away before
 */
export const transfer = <T extends Transferable>(content: T): Transfer<T> => {
  const isFit = content instanceof ArrayBuffer ? !isDetached(content) : content instanceof MessagePort
  if (!isFit)
    throw new BadOptionError(
      'transfer()',
      'content',
      textOf(content),
      'an ArrayBuffer (of a Buffer or a typed array its .buffer) or a MessagePort that was not given away before',
    )
  return new Transfer(structuredClone(content, { transfer: [content] }))
}

export const isTransfer = (value: unknown): value is Transfer => value instanceof Transfer

type Path = readonly (string | number)[]

/** The transfers that stand in a value, and where. */
export function* transfersIn(value: unknown, path: Path = []): Generator<readonly [Transfer, Path]> {
  if (isPrimitive(value) || typeof value !== 'object' || value === null || isShareable(markOf(value))) return
  if (isTransfer(value)) yield [value, path]
  else if (!ArrayBuffer.isView(value))
    for (const [key, part] of partsOf(value)) yield* transfersIn(part, [...path, key])
}

const partsOf = (value: object): Iterable<readonly [string | number, unknown]> =>
  value instanceof Map
    ? [...value].flat().entries()
    : value instanceof Set
      ? [...value].entries()
      : Object.entries(value)

/** Does it carry a transfer? Then it can be sent once. */
export const carries = (value: unknown): boolean => transfersIn(value).next().done !== true
