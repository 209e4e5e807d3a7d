import { Encoder } from '../codec/encode.js'
import { slabWriter } from '../codec/writer.js'
import { framesIn, writeFrame, type Frame } from './wire.js'

const NOW = Promise.resolve()

/** One end of a line to another thread or process. What is sent in one turn travels together, as bytes. */
export class Courier<Sent extends Frame> {
  private readonly encoder = new Encoder(slabWriter())
  private outbox: Sent[] = []

  /** `post` sends bytes, as they are at that moment. */
  constructor(private readonly post: (bytes: Uint8Array) => void) {}

  /** Sends data: what is kept, or plain. */
  send(message: Sent): void {
    if (this.outbox.push(message) === 1) void NOW.then(this.flush)
  }

  /** Sends at once what waits. */
  readonly flush = (): void => {
    if (this.outbox.length === 0) return
    const messages = this.outbox
    this.outbox = []
    this.encoder.begin()
    for (const message of messages) writeFrame(this.encoder, message)
    this.post(this.encoder.out.taken())
  }
}

/** What a courier sent. */
export const delivered = ({ buffer, byteOffset, byteLength }: Uint8Array): readonly Frame[] =>
  framesIn(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength))
