import { BadNameError } from './errors.js'

/** Who a server is: its name and, for one of many, its key. */
export interface Identity {
  readonly name: string
  readonly key?: string
}

/** The suffix under which a server's worker is known: `'counter.GenServer'` is the worker of `'counter'`. As in Elixir's Peeper. */
export const WORKER_SUFFIX = '.GenServer'

/** `name`, or `name/key`: unambiguous, for `/` is reserved. */
export const addressOf = ({ name, key }: Identity): string => (key === undefined ? name : `${name}/${key}`)

/** Throws {@link BadNameError} for what cannot name a server. */
export const checkName = (name: unknown): string => {
  if (typeof name !== 'string') throw new BadNameError(name, 'a name is a string')
  if (name === '') throw new BadNameError(name, 'it is empty')
  if (name.includes('/')) throw new BadNameError(name, "'/' is reserved for keys")
  if (name.endsWith(WORKER_SUFFIX)) throw new BadNameError(name, `'${WORKER_SUFFIX}' is reserved for workers`)
  if (name.includes('\0') || /\p{Surrogate}/u.test(name))
    throw new BadNameError(name, 'it holds a NUL or half a character')
  return name
}
