import type { Transferable } from '../../data/transfer.js'
import type { Post } from '../courier.js'
import { Lookout } from './lookout.js'
import { Ring, ringMemory } from './ring.js'

const WAKE = 0

/** The way of what finds no room in memory, and of what wakes. */
interface Port {
  postMessage(message: unknown, moved: readonly Transferable[]): void
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
  private readonly lookout = new Lookout(
    () => this.look(),
    () => this.into.sleep(),
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
    this.posted = (this.posted + 1) | 0
    this.port.postMessage([own, moved], [own.buffer, ...moved])
  }

  /** The port got something. */
  came(message: unknown): void {
    if (message !== WAKE) {
      this.read()
      this.received = (this.received + 1) | 0
      this.hear(...(message as Parameters<Post>))
    }
    this.look()
    this.lookout.came()
  }

  /** Hears all that was said before what has still to come by the port. */
  read(): void {
    for (let bytes = this.next(); bytes !== undefined; bytes = this.next()) this.hear(bytes, [])
  }

  // Not what is said meanwhile: the rest of this thread has its turn between.
  private look(): boolean {
    const { into } = this
    const { read, written } = into
    while (into.read !== written) {
      const bytes = this.next()
      if (bytes === undefined) break
      this.hear(bytes, [])
    }
    return into.read !== read
  }

  private next(): Buffer | undefined {
    return this.into.take(this.received)
  }
}
