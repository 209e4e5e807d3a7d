const FIRST_SIZE = 256
const SLAB = 65_536
const SHORT = 31 // four times its length is one byte
const HIGH = 2 ** 32
const HALF_CHARACTER = /\p{Surrogate}/u

/** How the characters of a text stand in the bytes. */
export const Text = { latin1: 0, utf8: 1, utf16: 2 } as const

/** What is being written is longer than it may be. */
export class TooLong extends Error {}

/** Bytes that grow at their end. Those that were taken are not copied: the next ones are written behind them. */
export class Writer {
  private bytes: Buffer
  private from = 0
  private at = 0
  private end: number
  private limit = Infinity

  /** `size`: bytes that it has at first. */
  constructor(private readonly size = FIRST_SIZE) {
    this.bytes = Buffer.allocUnsafe(size)
    this.end = size
  }

  /** Bytes that were written, and not taken. */
  get length(): number {
    return this.at - this.from
  }

  /** Drops what was not taken, and begins anew. Writing more than `limit` bytes throws `TooLong`. */
  begin(limit = Infinity): void {
    this.at = this.from
    this.limit = limit
    this.end = Math.min(this.bytes.length, this.from + limit)
  }

  /** What was written. */
  taken(): Buffer {
    const taken = this.bytes.subarray(this.from, this.at)
    this.from = this.at
    this.begin()
    return taken
  }

  /** Leaves out so many bytes, to be written later. */
  skip(size: number): void {
    this.room(size)
    this.at += size
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  /** A whole number from 0 on, in as few bytes as it takes. */
  count(value: number): void {
    this.room(8)
    let left = value
    while (left >= HIGH) {
      this.bytes[this.at++] = (left % 128) | 128
      left = Math.floor(left / 128)
    }
    while (left > 127) {
      this.bytes[this.at++] = (left & 127) | 128
      left >>>= 7
    }
    this.bytes[this.at++] = left
  }

  double(value: number): void {
    this.room(8)
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** Any text, half characters too: its length in bytes and how they stand, then the bytes. */
  text(text: string): void {
    if (text.length <= SHORT && this.ascii(text)) return
    this.encoded(text)
  }

  // Short texts are nearly all there is, and a loop writes them faster than a call into the runtime does.
  private ascii(text: string): boolean {
    const { length } = text
    this.room(length + 1)
    const { bytes } = this
    let { at } = this
    bytes[at++] = length * 4
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      bytes[at++] = code
    }
    this.at = at
    return true
  }

  private encoded(text: string): void {
    this.room(text.length) // before all of it is looked at
    if (isLatin1(text)) {
      this.written(text, Text.latin1, 'latin1', text.length)
    } else {
      const [how, encoding] = HALF_CHARACTER.test(text)
        ? ([Text.utf16, 'utf16le'] as const)
        : ([Text.utf8, 'utf8'] as const)
      this.written(text, how, encoding, Buffer.byteLength(text, encoding))
    }
  }

  private written(text: string, how: number, encoding: BufferEncoding, size: number): void {
    this.count(size * 4 + how)
    this.room(size)
    this.at += this.bytes.write(text, this.at, size, encoding)
  }

  private room(size: number): void {
    if (this.at + size > this.end) this.grow(this.length + size)
  }

  private grow(wanted: number): void {
    if (wanted > this.limit) throw new TooLong()
    const larger = Buffer.allocUnsafe(Math.max(wanted * 2, this.size))
    larger.set(this.bytes.subarray(this.from, this.at))
    this.at -= this.from
    this.from = 0
    this.bytes = larger
    this.end = Math.min(larger.length, this.limit)
  }
}

/** One that many short records are written with, one after the other. */
export const slabWriter = (): Writer => new Writer(SLAB)

const isLatin1 = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
  return true
}
