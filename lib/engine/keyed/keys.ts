import { BadKeyError } from './errors.js'

const LONGEST = 512 // bytes

/** Half a character takes no more than three bytes of UTF-8. */
const SURELY_SHORT = LONGEST / 3

/** Throws {@link BadKeyError} for what cannot be the key of a server. */
export const checkKey = (name: string, key: unknown): string => {
  if (typeof key !== 'string') throw new BadKeyError(name, key, 'a key is a string')
  if (key === '') throw new BadKeyError(name, key, 'it is empty')
  if (key.includes('\0') || /\p{Surrogate}/u.test(key))
    throw new BadKeyError(name, key, 'it holds a NUL or half a character')
  if (key.length > SURELY_SHORT && Buffer.byteLength(key) > LONGEST)
    throw new BadKeyError(name, key, `it is longer than ${LONGEST} bytes of UTF-8`)
  return key
}
