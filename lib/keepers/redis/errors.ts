import { PeeperError } from '../../engine/errors.js'
import { StoreRightsError, StoreUnreachableError } from '../record/store-errors.js'

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

/** Why a store cannot be used, and what to do about it. */
export const refusalOf = (store: string, prefix: string, cause: unknown): Error => {
  const why = cause instanceof Error ? cause.message : String((cause as { message?: unknown }).message)
  const refused = (cure: string): Error => new StoreRightsError(store, why, cure, cause)
  if (/^(NOAUTH|WRONGPASS|ERR AUTH|ERR invalid password)/.test(why))
    return refused('Give user and password: redis://user:password@host:6379.')
  if (why.startsWith('NOPERM'))
    return refused(
      `Let its user run scripts on the keys of the prefix: ACL SETUSER <user> ~{${prefix}}:* +@all.`,
    )
  if (/^(READONLY|MOVED)/.test(why))
    return refused(
      why.startsWith('MOVED')
        ? 'It is a node of a cluster: give the keeper { client }, a Cluster of ioredis.'
        : 'Only a master can be written to: give the url of that.',
    )
  return new StoreUnreachableError(store, cause)
}
