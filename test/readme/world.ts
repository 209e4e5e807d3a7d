import type { Peeper, PeeperClient } from 'nestjs-peeper'
import type { Callbacks, ChildSpec, Child, Engine, Server, ServerOptions } from 'nestjs-peeper/engine'

// What the examples in doc comments leave out, and nothing else.

export interface Item {
  sku: string
}

export interface CartState {
  items: Item[]
  audited?: string
}

/** A handler's state, in examples that show one line of it. */
export type State = number & CartState

export declare class Cart {
  add(state: CartState, item: Item): number
  clear(state: CartState): void
}

export declare class Counter {
  inc(state: { n: number }, by?: number): number
}

export declare class Lot {
  bid(state: number, by: number): number
}

export declare class Stock {
  take(state: number, sku: string): number
}

export declare class Room {
  post(state: string[], text: string): number
}

export declare class Money {
  readonly cents: number
}

export declare class Ticker implements Child {
  start(): void
  stop(): void
}

export interface Store {
  flush(): Promise<void>
}

export declare const carts: PeeperClient<Cart>
export declare const peeper: Peeper
export declare const engine: Engine
export declare const server: Server
export declare const callbacks: Callbacks
export declare const options: ServerOptions
export declare const item: Item
export declare const sku: string
export declare const i: number
export declare const a: ChildSpec
export declare const b: ChildSpec
