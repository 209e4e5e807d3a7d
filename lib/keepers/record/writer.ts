const FIRST_SIZE = 256
const SHORT = 31 // four times its length is one byte
const HIGH = 2 ** 32
const HALF_CHARACTER = /\p{Surrogate}/u

/** How the characters of a text stand in the bytes. */
export const Text = { latin1: 0, utf8: 1, utf16: 2 } as const

/** Bytes that grow at their end. */
export class Writer {
  length = 0
  private bytes = Buffer.allocUnsafe(FIRST_SIZE)

  /** A copy of what was written: the writer may go on. */
  taken(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length))
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.length++] = value
  }

  /** A whole number from 0 on, in as few bytes as it takes. */
  count(value: number): void {
    this.room(8)
    let left = value
    while (left >= HIGH) {
      this.bytes[this.length++] = (left % 128) | 128
      left = Math.floor(left / 128)
    }
    while (left > 127) {
      this.bytes[this.length++] = (left & 127) | 128
      left >>>= 7
    }
    this.bytes[this.length++] = left
  }

  double(value: number): void {
    this.room(8)
    this.length = this.bytes.writeDoubleLE(value, this.length)
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
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
    let at = this.length
    bytes[at++] = length * 4
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      bytes[at++] = code
    }
    this.length = at
    return true
  }

  private encoded(text: string): void {
    const how = isLatin1(text) ? Text.latin1 : HALF_CHARACTER.test(text) ? Text.utf16 : Text.utf8
    const encoding = how === Text.latin1 ? 'latin1' : how === Text.utf8 ? 'utf8' : 'utf16le'
    const size = Buffer.byteLength(text, encoding)
    this.count(size * 4 + how)
    this.room(size)
    this.length += this.bytes.write(text, this.length, size, encoding)
  }

  private room(size: number): void {
    const wanted = this.length + size
    if (wanted <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}

const isLatin1 = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
  return true
}
