import type { Keeper } from '../engine/keeper/keeper.js'
import { checkName, type Identity } from '../engine/identity.js'
import { checkKey } from '../engine/keyed/keys.js'
import { messageOf } from '../engine/exit.js'
import { UsageError } from './usage-error.js'

/** The server of an address, `name` or `name/key`, as it was typed. A key may hold `/`. */
export const identityAt = (address: string): Identity => {
  const end = address.indexOf('/')
  try {
    const name = checkName(end < 0 ? address : address.slice(0, end))
    return end < 0 ? { name } : { name, key: checkKey(name, address.slice(end + 1)) }
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

/** All servers, those of a name, or the one with this key, whether it is stored or not. */
export async function* serversAt(keeper: Keeper, address: string | undefined): AsyncGenerator<Identity> {
  const wanted = address === undefined ? undefined : identityAt(address)
  if (wanted?.key !== undefined) yield wanted
  else
    for await (const server of keeper.list(wanted?.name))
      if (wanted === undefined || server.name === wanted.name) yield server // a store may not be able to tell them apart
}
