/** Bytes that may wait. A power of two: places go on for ever, and round in it. */
const ROOM = 65_536
/** Bytes before a record: its length, and how many have gone another way before it. */
const HEAD = 8
const CELLS = 3 * Int32Array.BYTES_PER_ELEMENT
const [WRITTEN, READ, AWAKE] = [0, 1, 2]

/** The memory of a ring, to be given to another thread. */
export const ringMemory = (): SharedArrayBuffer => new SharedArrayBuffer(CELLS + ROOM)

/**
 * Records on their way from one thread to another, in memory that both see. Who writes waits for nobody, and wakes the reader only if it sleeps; what
 * was written is there though its writer is not any more.
 */
export class Ring {
  private readonly cells: Int32Array
  private readonly heads: Int32Array
  private readonly bytes: Uint8Array
  /** Where the last record that was read is. */
  private last = Buffer.allocUnsafe(256)

  constructor(memory: SharedArrayBuffer) {
    this.cells = new Int32Array(memory, 0, 3)
    this.heads = new Int32Array(memory, CELLS)
    this.bytes = new Uint8Array(memory, CELLS)
  }

  /** Writes a record that comes after so many that went another way. `false` if there is no room for it. */
  put(record: Uint8Array, after: number): boolean {
    const { written } = this
    const size = sizeOf(record.length)
    if (size > ROOM - ((written - this.read) | 0)) return false
    const head = place(written) / 4
    this.heads[head] = record.length
    this.heads[head + 1] = after
    const from = place(written + HEAD)
    const fits = ROOM - from
    if (record.length <= fits) this.bytes.set(record, from)
    else {
      this.bytes.set(record.subarray(0, fits), from)
      this.bytes.set(record.subarray(fits), 0)
    }
    Atomics.store(this.cells, WRITTEN, (written + size) | 0)
    return true
  }

  /** The next record, as it is until the next one is taken; `undefined` if there is none, or if one that went another way comes first. */
  take(after: number): Buffer | undefined {
    const { read } = this
    if (read === this.written) return undefined
    const head = place(read) / 4
    if (this.heads[head + 1] !== (after | 0)) return undefined
    const length = this.heads[head] as number
    if (length > this.last.length) this.last = Buffer.allocUnsafe(2 * length)
    const record = this.last.subarray(0, length)
    const from = place(read + HEAD)
    const fits = Math.min(length, ROOM - from)
    record.set(this.bytes.subarray(from, from + fits))
    if (length > fits) record.set(this.bytes.subarray(0, length - fits), fits)
    Atomics.store(this.cells, READ, (read + sizeOf(length)) | 0)
    return record
  }

  /** How far it is written. */
  get written(): number {
    return this.at(WRITTEN)
  }

  /** How far it is read. */
  get read(): number {
    return this.at(READ)
  }

  /** Does the reader have to be woken? Who asks does it, and is the only one who does. */
  isAsleep(): boolean {
    return Atomics.exchange(this.cells, AWAKE, 1) === 0
  }

  /** The reader sleeps from now on, unless there is something to read: then `false`. */
  sleep(): boolean {
    Atomics.store(this.cells, AWAKE, 0)
    if (this.read === this.written) return true
    Atomics.store(this.cells, AWAKE, 1)
    return false
  }

  private at(cell: number): number {
    return Atomics.load(this.cells, cell)
  }
}

const place = (at: number): number => at & (ROOM - 1)

/** With its head, and up to where the next one may begin. */
const sizeOf = (length: number): number => (HEAD + length + 7) & ~7
