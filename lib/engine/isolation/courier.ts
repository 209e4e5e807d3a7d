import { decode } from '../codec/decode.js'
import { Encoder } from '../codec/encode.js'
import { slabWriter } from '../codec/writer.js'

const NOW = Promise.resolve()

/** One end of a line to another thread or process. What is sent in one turn travels together, as bytes. */
export class Courier<Sent> {
  private readonly encoder = new Encoder(slabWriter())
  private outbox: Sent[] = []

  /** `post` gets bytes that are nobody else's. */
  constructor(private readonly post: (bytes: ArrayBuffer) => void) {}

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
    this.encoder.value(messages)
    const { buffer, byteOffset, byteLength } = this.encoder.out.taken()
    this.post((buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength))
  }
}

/** What a courier sent. */
export const delivered = (bytes: ArrayBuffer): readonly unknown[] => decode(Buffer.from(bytes)) as unknown[]
