import type { Transferable } from '../../data/transfer.js'
import type { Post } from '../courier.js'
import { Lookout } from './lookout.js'
import { Ring, ringMemory } from './ring.js'

const WAKE = 0

/** The way of what finds no room in memory, and of what wakes. */
interface Port {
  postMessage(message: unknown, moved: Transferable[]): void
}

/** What one end writes, and what it reads: at the other end it is the other way round. */
export type LineMemory = readonly [out: SharedArrayBuffer, into: SharedArrayBuffer]

export const lineMemory = (): LineMemory => [ringMemory(), ringMemory()]

/**
 * One end of a line between two threads. What is said goes through memory that both see: a message to a port costs more than most handlers do. What a
 * thread said before it was ended is heard all the same.
 */
export class Line {
  private readonly out: Ring
  private readonly into: Ring
  /** How much went by the port, each way. */
  private posted = 0
  private received = 0
  private isOver = false
  private readonly lookout = new Lookout(
    () => this.look(),
    () => this.isOver || this.into.sleep(),
  )

  constructor(
    [out, into]: LineMemory,
    private readonly port: Port,
    private readonly hear: Post,
  ) {
    this.out = new Ring(out)
    this.into = new Ring(into)
  }

  readonly post: Post = (bytes, moved) => {
    if (moved.length === 0 && this.out.put(bytes, this.posted)) {
      if (this.out.isAsleep()) this.port.postMessage(WAKE, [])
      return
    }
    const own = new Uint8Array(bytes)
    try {
      this.port.postMessage([own, moved], [own.buffer, ...moved])
    } catch {
      const there = moved.map(stillThere)
      this.port.postMessage([own, there], [own.buffer, ...there.filter(each => each !== undefined)])
    }
    this.posted = (this.posted + 1) | 0
  }

  /** The port got something. */
  came(message: unknown): void {
    if (message !== WAKE) {
      this.read()
      this.received = (this.received + 1) | 0
      this.say(...(message as Parameters<Post>))
    }
    this.look()
    this.lookout.came()
  }

  /** Nobody says anything any more: hears what was said until then. */
  end(): void {
    this.isOver = true
    this.read()
  }

  // All that was said before what has still to come by the port.
  private read(): void {
    for (let bytes = this.next(); bytes !== undefined; bytes = this.next()) this.say(bytes, [])
  }

  // Not what is said meanwhile: the rest of this thread has its turn between.
  private look(): boolean {
    const { into } = this
    const { read, written } = into
    while (into.read !== written) {
      const bytes = this.next()
      if (bytes === undefined) break
      this.say(bytes, [])
    }
    return into.read !== read
  }

  // One that is not understood keeps nobody from hearing the next one.
  private say(...said: Parameters<Post>): void {
    try {
      this.hear(...said)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }

  private next(): Buffer | undefined {
    return this.into.take(this.received)
  }
}

/** A port whose other end was closed meanwhile cannot be sent any more. */
const stillThere = (content: Transferable | undefined): Transferable | undefined => {
  if (content === undefined) return undefined
  try {
    return structuredClone(content, { transfer: [content] })
  } catch {
    return undefined
  }
}
