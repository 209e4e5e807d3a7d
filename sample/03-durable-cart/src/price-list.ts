import { Injectable, NotFoundException } from '@nestjs/common'
import type { Item } from './cart.server.js'

const CENTS: ReadonlyMap<string, number> = new Map([
  ['tea', 350],
  ['cup', 800],
  ['pot', 2_900],
])

@Injectable()
export class PriceList {
  /** In cents. Throws a 404 for what is not sold. */
  of(sku: string): number {
    const price = CENTS.get(sku)
    if (price === undefined)
      throw new NotFoundException(`there is no '${sku}': there are ${[...CENTS.keys()].join(', ')}`)
    return price
  }

  totalOf(items: readonly Item[]): number {
    return items.reduce((total, { sku, n }) => total + n * this.of(sku), 0)
  }
}
