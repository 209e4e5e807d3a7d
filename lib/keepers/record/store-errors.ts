import { PeeperError } from '../../engine/errors.js'
import { StoreAwayError } from '../../engine/keeper/errors.js'

/** A store on a server cannot be reached. */
export class StoreUnreachableError extends StoreAwayError {
  readonly code = 'PEEPER_STORE_UNREACHABLE'
  constructor(store: string, cause: unknown) {
    super(
      `${store} cannot be reached: ${textOf(cause)}. See that the server runs and accepts connections from here, and that the url of the keeper ` +
        `says where it is.`,
      { cause },
    )
  }
}

/** The user of a keeper may not do in a store what the keeper has to. */
export class StoreRightsError extends PeeperError {
  readonly code = 'PEEPER_STORE_RIGHTS'
  constructor(store: string, why: string, cure: string, cause?: unknown) {
    super(`${store} cannot be used: ${why}. ${cure}`, cause === undefined ? undefined : { cause })
  }
}

/** A store did not answer its keeper in time. What it was asked for may have happened. */
export class StoreSilentError extends StoreAwayError {
  readonly code = 'PEEPER_STORE_SILENT'
  constructor(store: string, ms: number) {
    super(
      `${store} did not answer within ${ms} ms: it is not known whether it did what it was asked. See that it runs and is not overloaded; give it ` +
        `longer with { timeout } of its keeper.`,
    )
  }
}

/** A store is of a release that lacks what its keeper needs. */
export class StoreVersionError extends PeeperError {
  readonly code = 'PEEPER_STORE_VERSION'
  constructor(store: string, found: string, needed: string) {
    super(`${store} is ${found}: nothing was read or written. The keeper needs ${needed}.`)
  }
}

const textOf = (cause: unknown): string => {
  const { message, code, errors } = cause as { message?: string; code?: string; errors?: unknown[] }
  if (message !== undefined && message !== '') return message
  return (errors ?? []).map(textOf).join(', ') || (code ?? String(cause))
}
