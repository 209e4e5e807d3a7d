import { checkCalled, handling } from './handling.js'

/**
 * The next step of a handler that ended with `{ continue: 'name' }` or `['name', payload]`, the method's name: `(state, payload, ctx)`. It
 * runs before any queued message, and what came before it is committed already. GenServer's `handle_continue/2`.
 *
 * @example
 * @HandleContinue() protected audit(state: CartState, sku: string): void { state.audited = sku }
 * @throws NotAMethodError, DecoratorNotCalledError at declaration
 */
export const HandleContinue = (...given: []): MethodDecorator => {
  checkCalled('@HandleContinue()', given)
  return handling('@HandleContinue()', 'continue')
}
