import { checkCalled, checkCatchAll, handling } from './handling.js'

/**
 * Handles the call of this method's name: `(state, payload, ctx)`. Mutate the state; what it returns is the reply, or an outcome that says
 * more: `reply`, `noreply`, `refuse`, `stop`. What it throws is a crash: nothing of it is kept (but an `HttpException` is a refusal, see
 * `refuses`). `'*'` takes the calls that no other method does, as `{ name, payload }`. GenServer's `handle_call/3`.
 *
 * @example
 * @HandleCall() add(state: CartState, item: Item): number { return state.items.push(item) }
 * @throws NotAMethodError, BadOptionError, DecoratorNotCalledError at declaration
 */
export const HandleCall = (...given: [message?: '*']): MethodDecorator => {
  const [message] = given
  checkCalled('@HandleCall()', given)
  checkCatchAll('@HandleCall()', message)
  return handling('@HandleCall()', 'call', message)
}
