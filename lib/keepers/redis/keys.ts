import { addressOf, type Identity } from '../../engine/identity.js'
import { idOf } from '../../engine/tables/id.js'

/** The keys of one server. Names and keys hold no NUL; an address holds a `/` only behind the name. */
export interface ServerKeys {
  readonly address: string
  /** A hash: the revision, the head, the snapshots. */
  readonly server: string
  /** Lists of records: what changed since the snapshot. */
  readonly state: string
  readonly dictionary: string
  /** A hash: what each table is (`d` and its name), and at which revision it was last written (`w` and its name). */
  readonly tables: string
  /** With a table's name behind it a hash: its entries. */
  readonly entries: string
}

/** All keys of one store. They have one hash tag, so that a script may touch any of them in a cluster too. */
export class Keys {
  /** A sorted set of the addresses of all servers. */
  readonly servers: string
  /** A sorted set of the addresses of those who want to be woken, by when. */
  readonly due: string
  readonly format: string
  private readonly base: string

  constructor(prefix: string) {
    this.base = `{${prefix}}:`
    this.servers = `${this.base}servers`
    this.due = `${this.base}due`
    this.format = `${this.base}format`
  }

  of(identity: Identity): ServerKeys {
    const { base } = this
    const address = addressOf(identity)
    return {
      address,
      server: `${base}server:${address}`,
      state: `${base}state:${address}`,
      dictionary: `${base}dictionary:${address}`,
      tables: `${base}tables:${address}`,
      entries: `${base}entries:${address}\0`,
    }
  }
}

/** A table's name as a part of keys: any text, half characters too. */
export const tableField = (name: string): string => JSON.stringify(name)

/** What stands for an entry's key: two keys have the same if and only if their content is the same. */
export const entryField = (key: unknown): string => {
  const id = idOf(key)
  if (typeof id === 'string') return JSON.stringify(id)
  return typeof id === 'bigint' ? `${id}n` : String(id)
}

/** Whose address it is. */
export const identityOf = (address: string): Identity => {
  const end = address.indexOf('/')
  return end < 0 ? { name: address } : { name: address.slice(0, end), key: address.slice(end + 1) }
}
