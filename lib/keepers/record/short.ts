import { createHash } from 'node:crypto'
import { idOf } from '../../engine/tables/id.js'

const LONGEST_TEXT = 255
const PLAIN = 1
const HASHED = 2

/** A text that may be any: as it is, or if it is long or holds what has no place here, what stands for it. Two have never the same. */
export const short = (text: string): Buffer => {
  const plain =
    text.length <= LONGEST_TEXT && !/[\0\p{Surrogate}]/u.test(text) ? Buffer.from(text) : undefined
  if (plain !== undefined && plain.length <= LONGEST_TEXT)
    return Buffer.concat([Buffer.of(PLAIN), plain, Buffer.of(0)])
  const hash = createHash('sha256').update(Buffer.from(text, 'utf16le')).digest()
  return Buffer.concat([Buffer.of(HASHED), hash])
}

/** What stands for a key of a table. */
export const shortKey = (key: unknown): Buffer => {
  const id = idOf(key)
  return short(`${id === null ? 'null' : typeof id} ${String(id)}`)
}
