import { createHash } from 'node:crypto'
import { idOf } from '../../engine/tables/id.js'
import { BadNameError } from '../../engine/errors.js'
import type { Identity } from '../../engine/identity.js'

/** The first byte of a key: what the record is. */
export const Part = {
  format: 0x10,
  lock: 0x11,
  head: 0x20,
  snapshot: 0x30,
  journal: 0x50,
  table: 0x60,
  entry: 0x70,
} as const
export type Part = (typeof Part)[keyof typeof Part]

/** What is kept as a snapshot and a journal. */
export const Stream = { state: 1, dictionary: 2 } as const
export type Stream = (typeof Stream)[keyof typeof Stream]

/** A key takes up to 1 978 bytes: a name and the key of a server 512 each, a table's name and an entry's key 255 each. */
const LONGEST_NAME = 512
const LONGEST_TEXT = 255
const PLAIN = 1
const HASHED = 2
const HAS_KEY = 1
const REVISION_BYTES = 8

/** Names and keys hold no NUL, so it ends them. */
const ownerOf = ({ name, key }: Identity): Buffer => {
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw new BadNameError(
      name,
      `it is longer than the ${LONGEST_NAME} bytes of UTF-8 that lmdbKeeper() can hold`,
    )
  return Buffer.from(key === undefined ? `${name}\0\0` : `${name}\0\x01${key}\0`)
}

/** The keys of all records of one server. */
export class Keys {
  readonly head: Buffer
  private readonly owner: Buffer

  constructor(identity: Identity) {
    this.owner = ownerOf(identity)
    this.head = this.key(Part.head)
  }

  snapshot(stream: Stream): Buffer {
    return this.key(Part.snapshot, Buffer.of(stream))
  }

  journal(stream: Stream, revision: number): Buffer {
    const tail = Buffer.alloc(1 + REVISION_BYTES)
    tail[0] = stream
    tail.writeBigUInt64BE(BigInt(revision), 1)
    return this.key(Part.journal, tail)
  }

  table(name: string): Buffer {
    return this.key(Part.table, short(name))
  }

  entry(table: string, key: unknown): Buffer {
    const id = idOf(key)
    return this.key(Part.entry, short(table), short(`${id === null ? 'null' : typeof id} ${String(id)}`))
  }

  /** Where all its records of a kind stand. */
  all(part: Part, ...tail: Uint8Array[]): { readonly start: Buffer; readonly end: Buffer } {
    return stretch(this.key(part, ...tail))
  }

  entries(table: string): { readonly start: Buffer; readonly end: Buffer } {
    return this.all(Part.entry, short(table))
  }

  private key(part: Part, ...tail: readonly Uint8Array[]): Buffer {
    return Buffer.concat([Buffer.of(part), this.owner, ...tail])
  }
}

/** Where the heads of all servers stand, or of all of one name. */
export const heads = (name?: string): { readonly start: Buffer; readonly end: Buffer } =>
  stretch(Buffer.concat([Buffer.of(Part.head), Buffer.from(name === undefined ? '' : `${name}\0`)]))

/** Whose head it is. */
export const identityOf = (head: Buffer): Identity => {
  const end = head.indexOf(0)
  const name = head.toString('utf8', 1, end)
  return head[end + 1] === HAS_KEY ? { name, key: head.toString('utf8', end + 2, head.length - 1) } : { name }
}

/** The revision of a journal record. */
export const revisionOf = (key: Buffer): number => Number(key.readBigUInt64BE(key.length - REVISION_BYTES))

/** All keys that begin so. No key begins with 255. */
const stretch = (start: Buffer): { readonly start: Buffer; readonly end: Buffer } => {
  const end = Buffer.from(start)
  let last = end.length - 1
  while (end[last] === 255) last -= 1
  end[last] = (end[last] ?? 0) + 1
  return { start, end: end.subarray(0, last + 1) }
}

/** A text that may be any: as it is, or if it is long or holds what has no place here, what stands for it. Two have never the same. */
const short = (text: string): Buffer => {
  const plain =
    text.length <= LONGEST_TEXT && !/[\0\p{Surrogate}]/u.test(text) ? Buffer.from(text) : undefined
  if (plain !== undefined && plain.length <= LONGEST_TEXT)
    return Buffer.concat([Buffer.of(PLAIN), plain, Buffer.of(0)])
  const hash = createHash('sha256').update(Buffer.from(text, 'utf16le')).digest()
  return Buffer.concat([Buffer.of(HASHED), hash])
}
