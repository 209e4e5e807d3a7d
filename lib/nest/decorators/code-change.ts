import { BadOptionError } from '../../engine/errors.js'
import { checkCalled, handling } from './handling.js'

/**
 * Turns a state of an older version into one of this class's: `(state, fromVersion, extra)`; mutate it or return the new one. A stored state whose
 * version is below the `version` of `@PeeperServer()` is upgraded once, when it is loaded, and stored again before `@Init` and any message
 * see it. With `{ from: 1 }` a method is one step, from that version to the next; without, one method goes all the way from whatever version it
 * is given. A class has steps, or one such method. If it throws, the server is down with `CodeChangeFailedError` and the store is as it was.
 *
 * `peeper.codeChange(name, { from, extra })` runs it on the running state, in its turn among the messages; only there `extra` is given.
 * GenServer's `code_change/3`.
 *
 * @example
 * @CodeChange({ from: 1 }) protected named({ sku }: { sku: string }) { return { items: [sku] } }
 * @CodeChange({ from: 2 }) protected counted(state: { items: string[]; n?: number }) { state.n = state.items.length }
 * @throws NotAMethodError, DecoratorNotCalledError, BadOptionError at declaration
 */
export const CodeChange = (...given: [step?: { readonly from: number }]): MethodDecorator => {
  checkCalled('@CodeChange()', given)
  const [step] = given
  return handling('@CodeChange()', 'codeChange', step === undefined ? 'codeChange' : String(fromOf(step)))
}

const fromOf = (step: { readonly from?: unknown } | null): number => {
  const from = step?.from
  if (typeof from !== 'number' || !Number.isInteger(from) || from < 0)
    throw new BadOptionError(
      '@CodeChange()',
      'from',
      from,
      'the version of the states that it upgrades: a whole number, 0 or more',
    )
  return from
}
