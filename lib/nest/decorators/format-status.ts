import { checkCalled, handling } from './handling.js'

/**
 * What `status()` shows in place of the state: `(state)`. Hide secrets here. If it throws, nothing is shown. GenServer's `format_status/1`.
 *
 * @example
 * @FormatStatus() protected redact(state: CartState): unknown { return { ...state, card: '***' } }
 * @throws NotAMethodError, DecoratorNotCalledError at declaration
 */
export const FormatStatus = (...given: []): MethodDecorator => {
  checkCalled('@FormatStatus()', given)
  return handling('@FormatStatus()', 'formatStatus', 'formatStatus')
}
