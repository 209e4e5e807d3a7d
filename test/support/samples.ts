/** A class of one's own, kept as its public fields. */
export class Money {
  constructor(
    public amount: number,
    public currency: string,
  ) {}

  add(amount: number): void {
    this.amount += amount
  }
}

/** A class whose data is private: kept by `toState` and `fromState`. */
export class Celsius {
  readonly #degrees: { value: number }

  constructor(degrees: number) {
    this.#degrees = { value: degrees }
  }

  get value(): number {
    return this.#degrees.value
  }

  warm(by: number): void {
    this.#degrees.value += by
  }

  toState(): number {
    return this.#degrees.value
  }

  static fromState(degrees: number): Celsius {
    return new Celsius(degrees)
  }
}

/** One value of a permitted type, and how to change it in place by its own means, past any freezing. */
export interface Sample {
  readonly type: string
  make(): object
  change(value: never): void
  /** The same past every method of its own, where there is such a way. */
  bypass?(value: never): void
}

const first = (view: Record<number, number | bigint>): void => {
  view[0] = typeof view[0] === 'bigint' ? 9n : 9
}

export const types = [Money, Celsius]

/** Every permitted type that can be changed in place; primitives cannot. */
export const samples: readonly Sample[] = [
  {
    type: 'a plain object',
    make: () => ({ a: { b: 1 } }),
    change: (value: { a: { b: number } }) => void (value.a.b = 2),
  },
  {
    type: 'an object without prototype',
    make: () => Object.assign(Object.create(null) as object, { a: 1 }),
    change: (value: { a: number }) => void (value.a = 2),
  },
  { type: 'an array', make: () => [1, [2]], change: (value: [number, number[]]) => void value[1].push(3) },
  {
    type: 'a Map',
    make: () => new Map([['a', 1]]),
    change: (value: Map<string, number>) => void value.set('a', 2),
    bypass: value => void Map.prototype.set.call(value, 'a', 2),
  },
  {
    type: 'a Map of objects',
    make: () => new Map([['a', { n: 1 }]]),
    change: (value: Map<string, { n: number }>) => void (value.get('a')!.n = 2),
  },
  {
    type: 'a Set',
    make: () => new Set([1]),
    change: (value: Set<number>) => void value.add(2),
    bypass: value => void Set.prototype.add.call(value, 2),
  },
  { type: 'a Date', make: () => new Date(0), change: (value: Date) => void value.setTime(1) },
  { type: 'a RegExp', make: () => /a/g, change: (value: RegExp) => void (value.lastIndex = 1) },
  {
    type: 'an Error',
    make: () => new RangeError('one'),
    change: (value: Error) => void (value.message = 'two'),
  },
  {
    type: 'an Error with a cause and fields',
    make: () => Object.assign(new Error('one', { cause: { why: 1 } }), { code: 'E1' }),
    change: (value: { code: string }) => void (value.code = 'E2'),
  },
  {
    type: 'an ArrayBuffer',
    make: () => new Uint8Array([1]).buffer,
    change: (value: ArrayBuffer) => first(new Uint8Array(value)),
  },
  { type: 'a Buffer', make: () => Buffer.from('abc'), change: first },
  { type: 'a Uint8Array', make: () => new Uint8Array([1, 2]), change: first },
  { type: 'a Float64Array', make: () => new Float64Array([1, 2]), change: first },
  { type: 'a BigInt64Array', make: () => new BigInt64Array([1n, 2n]), change: first },
  {
    type: 'a DataView',
    make: () => new DataView(new Uint8Array([1, 2]).buffer),
    change: (value: DataView) => value.setUint8(0, 9),
  },
  { type: 'a declared type', make: () => new Money(1, 'EUR'), change: (value: Money) => value.add(1) },
  {
    type: 'a declared type with private data',
    make: () => new Celsius(1),
    change: (value: Celsius) => value.warm(1),
  },
]

/** Changes a value that is not the changer's own: some refuse it, which is as good. */
export const meddle = ({ change, bypass = change }: Sample, value: unknown): void => {
  try {
    bypass(value as never)
  } catch {
    // frozen
  }
}
