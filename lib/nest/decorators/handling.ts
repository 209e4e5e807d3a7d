import { BadOptionError } from '../../engine/errors.js'
import { DecoratorNotCalledError, NotAMethodError } from '../errors.js'
import { markHandling, type Role } from '../metadata.js'

/** A decorator that gives a method its role. Without a message the method's own name is it. */
export const handling =
  (decorator: string, role: Role, message?: string): MethodDecorator =>
  (target, member, descriptor?: unknown) => {
    const method = methodOf(decorator, target, member, descriptor)
    markHandling(target, { role, message: message ?? method, method })
  }

/** Written without its parentheses, a decorator is given what it stands on in place of its own arguments. */
export const checkCalled = (decorator: string, given: readonly unknown[]): void => {
  const [target, member] = given
  if (given.length < 2 || target === null || (typeof target !== 'object' && typeof target !== 'function'))
    return
  const isNamed = typeof member === 'string' || typeof member === 'symbol'
  throw new DecoratorNotCalledError(
    decorator,
    typeof target === 'function' ? target : target.constructor,
    isNamed ? String(member) : undefined,
  )
}

/** Names a call or a cast cannot have: the method's name is the message's name. */
export const checkCatchAll = (decorator: string, message: unknown): void => {
  if (message !== undefined && message !== '*')
    throw new BadOptionError(
      decorator,
      'message',
      message,
      "'*' for all that no other method takes, or left out: the method's name is it",
    )
}

const methodOf = (
  decorator: string,
  target: object,
  member: string | symbol,
  descriptor: unknown,
): string => {
  const refuse = (why: string): never => {
    throw new NotAMethodError(
      decorator,
      typeof target === 'function' ? target : target.constructor,
      String(member),
      why,
    )
  }
  if (typeof member === 'object') return refuse("and 'experimentalDecorators' is off in tsconfig.json")
  if (typeof target === 'function') return refuse('which is static')
  if (typeof member === 'symbol') return refuse('which no message can name')
  const value: unknown = (descriptor as PropertyDescriptor | undefined)?.value
  return typeof value === 'function' ? member : refuse('which is no method')
}
