import fc from 'fast-check'

/** Names and numbers that trip up objects, Maps and careless orders. */
export const hostile: readonly unknown[] = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '',
  '/',
  '\0',
  '\0s1:a',
  'a',
  '0',
  '1',
  'NaN',
  'null',
  'undefined',
  'true',
  0,
  -0,
  1,
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  2 ** 40 + 1,
  Number.MAX_SAFE_INTEGER,
  1e300,
  0n,
  1n,
  2n ** 70n,
  true,
  false,
  null,
  undefined,
]

const primitive = fc.oneof(
  fc.constantFrom(...hostile),
  fc.integer({ min: 0, max: 40 }),
  fc.string({ maxLength: 2 }),
)

const compound = fc.letrec<{ key: unknown }>(tie => ({
  key: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    primitive,
    fc.constantFrom(new Date(0), new Date(1), new Date(NaN)),
    fc.constantFrom(new Uint8Array([1]), new Int8Array([1]), Buffer.from([1]), new Uint8Array([1, 2]).buffer),
    fc.array(tie('key'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('key'), { maxKeys: 3 }),
  ),
})).key

/** Keys of a table, often the same ones again. */
export const keys: fc.Arbitrary<unknown> = fc.oneof({ arbitrary: primitive, weight: 3 }, compound)

const isDict = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether two keys say the same, by looking at them part by part. */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((part, i) => same(part, b[i]))
  if (!isDict(a) || !isDict(b)) return false
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && same(a.getTime(), b.getTime())
  if (isBinary(a) || isBinary(b))
    return (
      Object.getPrototypeOf(a) === Object.getPrototypeOf(b) && Buffer.compare(bytesOf(a), bytesOf(b)) === 0
    )
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every(name => Object.hasOwn(b, name) && same(a[name], b[name]))
  )
}

const isBinary = (value: object): boolean => value instanceof ArrayBuffer || ArrayBuffer.isView(value)

const bytesOf = (value: object): Buffer => {
  if (!ArrayBuffer.isView(value)) return Buffer.from(value as ArrayBuffer)
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** A table as a list, slow and simple. */
export class ModelTable {
  entries: [key: unknown, value: unknown][] = []

  set(key: unknown, value: unknown): void {
    const found = this.entries.find(entry => same(entry[0], key))
    if (found === undefined) this.entries.push([key, value])
    else found[1] = value
  }

  get(key: unknown): unknown {
    return this.entries.find(entry => same(entry[0], key))?.[1]
  }

  delete(key: unknown): void {
    this.entries = this.entries.filter(entry => !same(entry[0], key))
  }
}
