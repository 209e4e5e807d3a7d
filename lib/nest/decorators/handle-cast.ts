import { checkCalled, checkCatchAll, handling } from './handling.js'

/**
 * Handles the cast of this method's name: `(state, payload, ctx)`. Nobody waits, so it returns nothing, or an outcome without a reply.
 * `'*'` takes the casts that no other method does, as `{ name, payload }`. GenServer's `handle_cast/2`.
 *
 * @example
 * @HandleCast() clear(state: CartState): void { state.items = [] }
 * @throws NotAMethodError, BadOptionError, DecoratorNotCalledError at declaration
 */
export const HandleCast = (...given: [message?: '*']): MethodDecorator => {
  const [message] = given
  checkCalled('@HandleCast()', given)
  checkCatchAll('@HandleCast()', message)
  return handling('@HandleCast()', 'cast', message)
}
