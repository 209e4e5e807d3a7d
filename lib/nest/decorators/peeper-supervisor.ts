import { DecoratorNotCalledError } from '../errors.js'
import { markSupervisor } from '../metadata.js'
import type { PeeperSupervisorOptions } from '../options.js'

/**
 * Makes a provider class the declaration of a supervisor: its children start under it, in their order, when the application does, and end
 * in the reverse one. Use it where servers belong together: what spends its own restart budget is restarted by it, with its siblings as
 * `strategy` says. List the class under `providers`, as its children. OTP: a `Supervisor` module.
 *
 * A class that is the child of no other stands under the root: there, when its own budget is spent, it is down with its servers until
 * `peeper.restartChild('root', name)`.
 *
 * @example
 * @PeeperSupervisor({ strategy: 'rest_for_one', maxRestarts: 3, maxSeconds: 5, children: [Stock, Cart] })
 * export class Shop {}
 * @throws DecoratorNotCalledError at declaration
 */
export const PeeperSupervisor = (options: PeeperSupervisorOptions = {}): ClassDecorator => {
  if (typeof options === 'function') throw new DecoratorNotCalledError('@PeeperSupervisor()', options)
  return target => {
    markSupervisor(target, { ...options, name: options.name ?? target.name })
  }
}
