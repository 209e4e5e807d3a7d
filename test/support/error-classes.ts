import { type PeeperError } from 'nestjs-peeper/engine'

export type ErrorClass = new (...args: never[]) => PeeperError

/** The code of an error class, read from its own text: no two are made from the same arguments. */
export const codeOf = (errorClass: ErrorClass): string => {
  const code = /\bcode = ["'`](PEEPER_[A-Z_]+)["'`]/.exec(String(errorClass))?.[1]
  if (code === undefined) throw new Error(`${errorClass.name} has no code of its own`)
  return code
}

/** The error classes among the exports of these entries, by name; the abstract root is none of them. */
export const errorClassesOf = async (...entries: string[]): Promise<Map<string, ErrorClass>> => {
  const { PeeperError: root } = (await import('nestjs-peeper/engine')) as {
    PeeperError: { prototype: object }
  }
  const found = new Map<string, ErrorClass>()
  for (const entry of entries)
    for (const [name, value] of Object.entries((await import(entry)) as Record<string, unknown>))
      if (typeof value === 'function' && value.prototype instanceof (root as unknown as new () => object))
        found.set(name, value as unknown as ErrorClass)
  return found
}
