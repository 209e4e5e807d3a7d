import { BadNameError } from '../../engine/errors.js'
import type { Identity } from '../../engine/identity.js'
import type { Due } from '../../engine/keeper/keeper.js'
import { short, shortKey } from '../record/short.js'

/** The first byte of a key: what the record is. */
export const Part = {
  format: 0x10,
  lock: 0x11,
  head: 0x20,
  snapshot: 0x30,
  journal: 0x50,
  table: 0x60,
  entry: 0x70,
  wake: 0x80,
} as const
export type Part = (typeof Part)[keyof typeof Part]

/** What is kept as a snapshot and a journal. */
export const Stream = { state: 1, dictionary: 2 } as const
export type Stream = (typeof Stream)[keyof typeof Stream]

/** A key takes up to 1 978 bytes: a name and the key of a server 512 each, a table's name and an entry's key 255 each. */
const LONGEST_NAME = 512
const HAS_KEY = 1
const REVISION_BYTES = 8
const TIME_BYTES = 8

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

  /** Says that it is to be woken. They stand in the order of their times. */
  wake(at: number): Buffer {
    return Buffer.concat([wakesAt(at), this.owner])
  }

  table(name: string): Buffer {
    return this.key(Part.table, short(name))
  }

  entry(table: string, key: unknown): Buffer {
    return this.key(Part.entry, short(table), shortKey(key))
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

/** Where the heads of all servers stand, or of all of one name, or of those behind one of them. */
export const heads = (name?: string, after?: string): { readonly start: Buffer; readonly end: Buffer } => {
  const all = stretch(
    Buffer.concat([Buffer.of(Part.head), Buffer.from(name === undefined ? '' : `${name}\0`)]),
  )
  if (name === undefined || after === undefined) return all
  return { ...all, start: Buffer.concat([new Keys({ name, key: after }).head, Buffer.of(0)]) }
}

/** Where those stand that are to be woken up to a time. */
export const wakes = (until: number): { readonly start: Buffer; readonly end: Buffer } => ({
  start: Buffer.of(Part.wake),
  end: wakesAt(until + 1),
})

const wakesAt = (at: number): Buffer => {
  const time = Buffer.alloc(1 + TIME_BYTES)
  time[0] = Part.wake
  time.writeBigUInt64BE(BigInt(Math.min(Math.max(0, Math.floor(at)), Number.MAX_SAFE_INTEGER)), 1)
  return time
}

/** Whose wake it is, and when. */
export const dueOf = (wake: Buffer): Due => ({
  server: identityIn(wake, 1 + TIME_BYTES),
  at: Number(wake.readBigUInt64BE(1)),
})

/** Whose head it is. */
export const identityOf = (head: Buffer): Identity => identityIn(head, 1)

const identityIn = (key: Buffer, from: number): Identity => {
  const end = key.indexOf(0, from)
  const name = key.toString('utf8', from, end)
  return key[end + 1] === HAS_KEY ? { name, key: key.toString('utf8', end + 2, key.length - 1) } : { name }
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
