import { Text } from './writer.js'

const ENCODINGS: readonly BufferEncoding[] = ['latin1', 'utf8', 'utf16le']

/** Reads what a `Writer` wrote. Throws `RangeError` where the bytes end too early. */
export class Reader {
  at = 0

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new RangeError('the bytes end too early')
    return value
  }

  count(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * unit
      if (byte < 128) return value
      unit *= 128
    }
  }

  double(): number {
    const value = this.bytes.readDoubleLE(this.at)
    this.at += 8
    return value
  }

  /** A view of the bytes, not a copy. */
  raw(size: number): Buffer {
    const end = this.at + size
    if (end > this.bytes.length) throw new RangeError('the bytes end too early')
    const view = this.bytes.subarray(this.at, end)
    this.at = end
    return view
  }

  text(): string {
    const head = this.count()
    const encoding = ENCODINGS[head & 3] ?? 'utf8'
    const size = Math.floor(head / 4)
    if (size <= 12 && (head & 3) === Text.latin1) return this.shortText(size)
    return this.raw(size).toString(encoding)
  }

  private shortText(size: number): string {
    let text = ''
    for (let i = 0; i < size; i++) text += String.fromCharCode(this.byte())
    return text
  }
}
