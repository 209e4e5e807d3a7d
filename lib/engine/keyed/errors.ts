import { PeeperError } from '../errors.js'
import { textOf } from '../exit.js'

/** A key that cannot be one. Nothing was sent. */
export class BadKeyError extends PeeperError {
  readonly code = 'PEEPER_BAD_KEY'
  constructor(server: string, key: unknown, why: string) {
    const shown = typeof key === 'string' ? JSON.stringify(key.slice(0, 64)) : textOf(key)
    super(
      `${shown} cannot be the key of a '${server}': ${why}. Keys are strings of 1 to 512 bytes; hash what is longer.`,
    )
  }
}

/** As many servers of this name are in memory as may be, all of them busy, and as many keys wait as may. */
export class ResidentsFullError extends PeeperError {
  readonly code = 'PEEPER_RESIDENTS_FULL'
  constructor(server: string, maxResident: number, maxWaiting: number) {
    super(
      `'${server}' was not started and its message will not run: ${maxResident} servers of this name are busy, and ${maxWaiting} more ` +
        `wait for a place. Send slower, or raise { maxResident }.`,
    )
  }
}
