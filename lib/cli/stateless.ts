import type { Type } from '@nestjs/common'

/**
 * An instance of a class for its `@CodeChange` alone, which works on the state. Nothing is injected, for nothing is started: a class whose
 * constructor takes something is not constructed, and to read a field that is not there is an error that says so.
 */
export const stateless = (target: Type): object => {
  if (target.length === 0 && parametersOf(target).length === 0) return new target() as object
  const instance = Object.create(target.prototype as object) as object
  return new Proxy(instance, {
    get: (self, field, receiver) => {
      if (field in self || typeof field === 'symbol') return Reflect.get(self, field, receiver) as unknown
      throw new Error(
        `@CodeChange of ${target.name} read this.${field}, and here is neither what is injected nor what its constructor makes. ` +
          'Let it work on the state alone, or let the application upgrade when it loads',
      )
    },
  })
}

const parametersOf = (target: Type): readonly unknown[] =>
  (Reflect.getMetadata('design:paramtypes', target) ?? []) as readonly unknown[]
