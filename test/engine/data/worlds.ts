import * as fc from 'fast-check'

/** Keys that a careless library trips over, and some that it does not. */
export const key = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '',
  '/',
  '0',
  '7',
  '42',
  'length',
  'a',
  'b',
  'c',
)

export const primitive: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(
    undefined,
    null,
    true,
    false,
    NaN,
    -0,
    1.5,
    Infinity,
    0n,
    12345678901234567890n,
    '',
    'x',
    'ü',
  ),
)

export const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map(time => new Date(time)),
  fc.uint8Array({ maxLength: 3 }).map(bytes => Buffer.from(bytes)),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }).map(list => Float64Array.from(list)),
  fc.constantFrom('a', 'b').map(source => new RegExp(source, 'g')),
  fc
    .constantFrom('no', 'never')
    .map(message => Object.assign(new TypeError(message), { code: 7, stack: `TypeError: ${message}` })),
)

/** Any tree of data, small enough to collide with itself. */
export const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { arbitrary: primitive, weight: 3 },
    { arbitrary: leaf, weight: 1 },
    { arbitrary: fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map(toObject), weight: 3 },
    { arbitrary: fc.array(tie('tree'), { maxLength: 5 }), weight: 3 },
    {
      arbitrary: fc.array(fc.tuple(fc.oneof(key, primitive), tie('tree')), { maxLength: 4 }).map(toMap),
      weight: 1,
    },
    { arbitrary: fc.tuple(leaf, tie('tree')).map(([k, v]) => new Map([[k, v]])), weight: 1 },
    { arbitrary: fc.array(tie('tree'), { maxLength: 4 }).map(list => new Set(list)), weight: 1 },
  ),
}))

/** Defines an own property, whatever it is called. */
export function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

function toObject(entries: [string, unknown][]): object {
  const out = {}
  for (const [name, value] of entries) define(out, name, value)
  return out
}

function toMap(entries: [unknown, unknown][]): Map<unknown, unknown> {
  return new Map(entries)
}
