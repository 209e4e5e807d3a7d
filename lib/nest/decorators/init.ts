import { checkCalled, handling } from './handling.js'

/**
 * Runs on each start of the server, with what `start` was given, or else the decorator's `state`; on a restart with the kept state.
 * It returns the first state (none: what it was given is it), or an outcome: `noreply({ state, continue, timeout })`, `stop(reason)`. On a
 * restart the kept state stands, whatever it returns. GenServer's `init/1`.
 *
 * It may take 5 000 ms and is tried 5 times more with backoff (`init: { timeout, retries }`). Do slow work in a `continue`.
 *
 * @example
 * @Init() protected init(arg: CartState | undefined, ctx: PeeperContext): CartState { return arg ?? { items: [] } }
 */
export const Init = (...given: []): MethodDecorator => {
  checkCalled('@Init()', given)
  return handling('@Init()', 'init', 'init')
}
