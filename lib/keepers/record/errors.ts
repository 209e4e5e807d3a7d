import { PeeperError } from '../../engine/errors.js'

/** A stored record is not what was written: bytes of it have changed, or a record that has to be there is not. */
export class DamagedRecordError extends PeeperError {
  readonly code = 'PEEPER_DAMAGED_RECORD'
  constructor(
    readonly server: string,
    /** Which of the server's records it is. */
    readonly place: string,
    store: string,
    cause: unknown,
  ) {
    super(
      `the ${place} of '${server}' in ${store} is damaged: ${cause instanceof Error ? cause.message : String(cause)}. Bring the store back from a ` +
        `backup; or take what can be read with { onDamaged: 'last-good' }; or discard this server's state with start(…, { reset: true }).`,
      { cause },
    )
  }
}

/** A store was written by a later release of this library. */
export class NewerStoreError extends PeeperError {
  readonly code = 'PEEPER_NEWER_STORE'
  constructor(store: string, found: number, known: number) {
    super(
      `${store} has the format ${found}, and this release reads formats up to ${known}: nothing was read or written. Install the release ` +
        `that wrote it, or a later one.`,
    )
  }
}

/** The driver of a keeper is not installed. */
export class MissingDriverError extends PeeperError {
  readonly code = 'PEEPER_MISSING_DRIVER'
  constructor(keeper: string, driver: string, cause: unknown) {
    super(
      `${keeper} needs the package '${driver}', which could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        `Install it: npm install ${driver}`,
      { cause },
    )
  }
}
