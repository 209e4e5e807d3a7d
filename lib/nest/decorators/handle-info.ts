import { checkCalled, handling } from './handling.js'

/**
 * Handles any other message: what is sent (`send`), `ctx.sendAfter`, and the idle `'timeout'`. The name is the method's unless given; `'*'`
 * takes what no other method does, as `{ name, payload }`. Make it `protected`: it is no part of the protocol. GenServer's `handle_info/2`.
 *
 * @example
 * @HandleInfo('tick') protected onTick(state: State, _: undefined, ctx: PeeperContext): void { ctx.sendAfter(1_000, 'tick') }
 * @throws NotAMethodError, DecoratorNotCalledError at declaration
 */
export const HandleInfo = (...given: [message?: string]): MethodDecorator => {
  checkCalled('@HandleInfo()', given)
  return handling('@HandleInfo()', 'info', given[0])
}
