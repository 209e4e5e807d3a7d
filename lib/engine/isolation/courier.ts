import type { Transferable } from '../data/transfer.js'
import { framesIn, WireEncoder, writeFrame, type Frame } from './wire.js'

const NOW = Promise.resolve()

/** Sends bytes, as they are at that moment, and what changes hands with them. */
export type Post = (bytes: Uint8Array, moved: readonly Transferable[]) => void

/** One end of a line to another thread or process. What is sent in one turn travels together, as bytes. */
export class Courier<Sent extends Frame> {
  private readonly encoder: WireEncoder
  private outbox: Sent[] = []

  /** `moves`: can something change hands on this line? */
  constructor(
    private readonly post: Post,
    moves: boolean,
  ) {
    this.encoder = new WireEncoder(moves)
  }

  /** Sends data: what is kept, or plain. */
  send(message: Sent): void {
    if (this.outbox.push(message) === 1) void NOW.then(this.flush)
  }

  /** Sends at once what waits. */
  readonly flush = (): void => {
    if (this.outbox.length === 0) return
    const messages = this.outbox
    const { encoder } = this
    this.outbox = []
    encoder.begin()
    for (const message of messages) writeFrame(encoder, message)
    const { moved } = encoder
    if (moved.length > 0) encoder.moved = []
    this.post(encoder.out.taken(), moved)
  }
}

/** What a courier sent. */
export const delivered: (...sent: Parameters<Post>) => readonly Frame[] = (
  { buffer, byteOffset, byteLength },
  moved,
) => framesIn(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength), moved)
