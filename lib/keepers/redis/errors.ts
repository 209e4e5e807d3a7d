import { PeeperError } from '../../engine/errors.js'

/** A store cannot be reached, or does not let this application in. */
export class StoreUnreachableError extends PeeperError {
  readonly code = 'PEEPER_STORE_UNREACHABLE'
  constructor(store: string, cause: unknown) {
    const why = messageOf(cause)
    super(`${store} cannot be used: ${why}. ${cureOf(why)}`, { cause })
  }
}

/** A store is of a release that lacks what is needed of it. */
export class StoreVersionError extends PeeperError {
  readonly code = 'PEEPER_STORE_VERSION'
  constructor(store: string, found: string, needed: string) {
    super(`${store} is ${found}; what is needed is ${needed}. Nothing was read or written.`)
  }
}

/** A store did not answer in time. */
export class StoreTimeoutError extends PeeperError {
  readonly code = 'PEEPER_STORE_TIMEOUT'
  constructor(store: string, ms: number) {
    super(
      `${store} did not answer within ${ms} ms: what was asked of it may have happened. See whether it runs and can be reached; one that is ` +
        `slow gets a longer { timeout }.`,
    )
  }
}

/** A store throws stored keys away when its memory is full. Reported, not thrown. */
export class StoreEvictsError extends PeeperError {
  readonly code = 'PEEPER_STORE_EVICTS'
  constructor(store: string, policy: string) {
    super(
      `${store} throws keys away when its memory is full: its maxmemory-policy is '${policy}', and states of servers would be among them. ` +
        `Set it: CONFIG SET maxmemory-policy noeviction`,
    )
  }
}

const messageOf = (cause: unknown): string => {
  if (!(cause instanceof Error) && !isErrorLike(cause)) return String(cause)
  const { message, code } = cause as NodeJS.ErrnoException
  return message === '' ? (code ?? 'it gave no reason') : message
}

const isErrorLike = (cause: unknown): boolean =>
  typeof cause === 'object' && cause !== null && 'message' in cause

const cureOf = (why: string): string => {
  if (/NOAUTH|WRONGPASS|AUTH|password/i.test(why))
    return 'Give user and password in the { url }: redis://user:password@host:6379.'
  if (/NOPERM/.test(why))
    return 'Let its user run scripts and touch the keys of the { prefix }: ACL SETUSER <user> ~{peeper}:* +@all.'
  if (/READONLY|replica/.test(why)) return 'Give the { url } of the master.'
  return 'See whether it runs, and whether { url } says where.'
}
