import { checkCalled, handling } from './handling.js'

/**
 * Turns a state of an older version into one of this class's: `(state, fromVersion, extra)`; mutate it or return the new one. Run by
 * `peeper.codeChange(name, { from, extra })`, in its turn among the messages. GenServer's `code_change/3`.
 *
 * @example
 * @CodeChange() protected upgrade(state: unknown, from: number): CartState { return { items: [], ...(state as object) } }
 * @throws NotAMethodError, DecoratorNotCalledError at declaration
 */
export const CodeChange = (...given: []): MethodDecorator => {
  checkCalled('@CodeChange()', given)
  return handling('@CodeChange()', 'codeChange', 'codeChange')
}
