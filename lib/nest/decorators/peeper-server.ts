import { DecoratorNotCalledError } from '../errors.js'
import { markServer } from '../metadata.js'
import type { PeeperServerOptions } from '../options.js'

/**
 * Makes a provider a server: an actor with a name, a mailbox and a state that survives its crashes. The class holds no state: its handlers
 * are given the state and mutate it. List it under `providers`; there is one instance, made by Nest's ordinary dependency injection.
 *
 * Its public methods are its protocol; make everything but calls and casts `protected`. OTP: a `GenServer` callback module.
 *
 * @example
 * @PeeperServer({ name: 'counter', state: { n: 0 } })
 * export class Counter {
 *   @HandleCall() inc(state: { n: number }, by = 1): number { return (state.n += by) }
 * }
 * @throws DecoratorNotCalledError at declaration
 */
export const PeeperServer = (options: PeeperServerOptions = {}): ClassDecorator => {
  if (typeof options === 'function') throw new DecoratorNotCalledError('@PeeperServer()', options)
  return target => {
    markServer(target, { ...options, name: options.name ?? target.name })
  }
}
