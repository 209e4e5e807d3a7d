import { BadOptionError } from './errors.js'

/** What is wrong with a time to wait, if anything is. */
export const badTimeout = (where: string, timeout: number, option = 'timeout'): Error | undefined =>
  typeof timeout === 'number' && timeout >= 0
    ? undefined
    : new BadOptionError(where, option, timeout, 'a number of milliseconds, 0 or more')
