import { checkCalled, handling } from './handling.js'

/**
 * Runs when a life of the server ends, except by `'kill'`: `(state, reason, ctx)`, with the last committed state. It has `shutdown` ms
 * (default 5 000); the next life waits for it. What it does to the state is not kept. GenServer's `terminate/2`.
 *
 * @example
 * @Terminate() protected async bye(state: CartState, reason: ExitReason): Promise<void> { await this.store.flush() }
 * @throws NotAMethodError, DecoratorNotCalledError at declaration
 */
export const Terminate = (...given: []): MethodDecorator => {
  checkCalled('@Terminate()', given)
  return handling('@Terminate()', 'terminate', 'terminate')
}
