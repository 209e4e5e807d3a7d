import type { Callbacks, CodeChangeSteps, Handlers } from '../../engine/worker/callbacks.js'
import { DuplicateHandlerError } from '../errors.js'
import type { Handling, Role } from '../metadata.js'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** The engine's view of a class: its decorated methods, called on whatever instance there is at that moment. */
export const callbackModuleOf = (
  server: string,
  handlings: readonly Handling[],
  instance: () => unknown,
): Callbacks => {
  const run = (method: string) => (first?: unknown, second?: unknown, third?: unknown) => {
    const self = instance()
    return ((self as Record<string, unknown>)[method] as Method).call(self, first, second, third)
  }
  const of = (role: Role): Map<string, string> => {
    const methods = new Map<string, string>()
    for (const each of handlings.filter(handling => handling.role === role)) {
      const taken = methods.get(each.message)
      if (taken !== undefined) throw new DuplicateHandlerError(server, whatOf(each), [taken, each.method])
      methods.set(each.message, each.method)
    }
    return methods
  }
  const handlers = (role: Role): Handlers =>
    Object.fromEntries([...of(role)].map(([message, method]) => [message, run(method)]))
  const step = (role: Role): ReturnType<typeof run> | undefined => {
    const method = of(role).get(role)
    return method === undefined ? undefined : run(method)
  }
  const codeChange = (): Callbacks['codeChange'] => {
    const methods = of('codeChange')
    if (!methods.has('codeChange'))
      return methods.size === 0 ? undefined : (handlers('codeChange') as CodeChangeSteps)
    if (methods.size > 1)
      throw new DuplicateHandlerError(server, 'codeChange, one of them from all versions', [
        ...methods.values(),
      ])
    return step('codeChange')
  }
  return {
    init: step('init'),
    call: handlers('call'),
    cast: handlers('cast'),
    info: handlers('info'),
    continue: handlers('continue'),
    terminate: step('terminate'),
    codeChange: codeChange(),
    formatStatus: step('formatStatus'),
  }
}

const whatOf = ({ role, message }: Handling): string => {
  if (role === message) return role
  return role === 'codeChange' ? `codeChange from version ${message}` : `the ${role} '${message}'`
}
