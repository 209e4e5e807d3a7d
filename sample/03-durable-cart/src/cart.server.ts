import { ConflictException } from '@nestjs/common'
import { HandleCall, PeeperServer, refuse, type PeeperContext, type Refuse, type Table } from 'nestjs-peeper'
import { PriceList } from './price-list.js'

export interface Item {
  readonly sku: string
  n: number
}

export interface CartState {
  items: Item[]
  orders: number
}

export interface Shown {
  readonly items: readonly Item[]
  readonly total: number
}

export interface Order extends Shown {
  readonly id: string
}

/** A cart for each customer. It is stored when something is put in, and whoever is answered can rely on it. */
@PeeperServer({ name: 'cart', keyed: true, state: { items: [], orders: 0 } })
export class Cart {
  constructor(private readonly prices: PriceList) {}

  @HandleCall()
  show({ items }: CartState): Shown {
    return { items, total: this.prices.totalOf(items) }
  }

  @HandleCall()
  add(state: CartState, { sku, n }: Item): Shown {
    this.prices.of(sku) // throws a 404, which changes nothing
    const item = state.items.find(each => each.sku === sku)
    if (item === undefined) state.items.push({ sku, n })
    else item.n += n
    return this.show(state)
  }

  /** The empty cart and the order are one commit: there is never one without the other. */
  @HandleCall()
  async checkout(state: CartState, _: undefined, ctx: PeeperContext): Promise<Order | Refuse> {
    if (state.items.length === 0) return refuse(new ConflictException('the cart is empty'))
    const order = { id: `${ctx.key ?? ''}-${state.orders + 1}`, ...this.show(state) }
    ;(await ordersOf(ctx)).set(order.id, order)
    state.orders += 1
    state.items = []
    return order
  }

  @HandleCall()
  async orders(state: CartState, _: undefined, ctx: PeeperContext): Promise<Order[]> {
    return state.orders === 0 ? [] : [...(await ordersOf(ctx)).values()] // to make the table would be a change
  }

  /** A checkout in the middle of which the process is killed. Nobody will ever see the order. */
  @HandleCall()
  async die(state: CartState, _: undefined, ctx: PeeperContext): Promise<void> {
    await this.checkout(state, undefined, ctx)
    process.kill(process.pid, 'SIGKILL')
  }
}

const ordersOf = (ctx: PeeperContext): Promise<Table<string, Order>> =>
  ctx.tables.open<string, Order>('orders')
