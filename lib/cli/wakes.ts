import { addressOf, type Identity } from '../engine/identity.js'
import type { Keeper } from '../engine/keeper/keeper.js'

const LAST_DATE = 8.64e15
const MANY = 2_147_483_647

/** When the servers of a keeper want to be woken, if it knows. */
export class Wakes {
  private readonly times = new Map<string, number>()

  static async of(keeper: Keeper): Promise<Wakes> {
    const wakes = new Wakes()
    for (const { server, at } of (await keeper.due?.(LAST_DATE, MANY)) ?? [])
      wakes.times.set(addressOf(server), at)
    return wakes
  }

  at(server: Identity): number | undefined {
    return this.times.get(addressOf(server))
  }
}
