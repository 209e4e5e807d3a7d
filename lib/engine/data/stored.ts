/**
 * What a store gives back of a value whose class it does not know: by name, until `Data.keep` of the server that declares it makes it what it
 * was. The one thing that data from a store has and other data has not.
 */

/** Stands as the prototype of the fields of a declared type. So a patch finds its way into them, and a copy has it too. */
class StoredType {
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  static nameOf(this: void, prototype: object | null): string | undefined {
    return prototype !== null && #name in prototype ? prototype.#name : undefined
  }
}

/** A value with its own way to and from data: of a declared type, or an error that is of none. */
export class StoredCoded {
  constructor(
    /** `undefined`: an error that is of no declared type. */
    readonly type: string | undefined,
    readonly data: unknown,
  ) {}
}

/** The prototype to give to the fields of a declared type. One for each name is enough. */
export const storedType = (name: string): object => new StoredType(name)

/** The type of which these are the fields, as it is called. */
export const storedTypeOf: (prototype: object | null) => string | undefined = StoredType.nameOf

/** Is it what only a store gives? */
export const isStored = (value: object, prototype: object | null): boolean =>
  value instanceof StoredCoded || storedTypeOf(prototype) !== undefined
