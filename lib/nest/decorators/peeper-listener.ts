import { markListener, serverNameOf, type ServerRef } from '../metadata.js'

/**
 * Makes a provider a listener of a server, by its class or name, or of all servers: a class with `onStateChanged(old, next, meta)` and
 * `onTerminate(reason, state, meta)`, either or both. Told in commit order, after the commit; never of the first state, never when nothing
 * changed. One that throws or stalls harms nobody.
 *
 * @example
 * @PeeperListener(Cart)
 * export class CartListener implements Listener<CartState> {
 *   onStateChanged(old: CartState, next: CartState, meta: ListenerMeta): void { … }
 * }
 * @throws NotAServerError at declaration
 */
export const PeeperListener = (...to: [server?: ServerRef]): ClassDecorator => {
  if (to.length > 0) serverNameOf(to[0], '@PeeperListener()') // undefined is a circular import, and not all servers
  return target => {
    markListener(target, { to: to[0] })
  }
}
