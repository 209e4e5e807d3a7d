/** The first byte of a value: what follows. The numbers stand in stores: they are never given to anything else. */
export const Tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** a whole number from 0 to 2^31 */
  natural: 4,
  /** a whole number from -2^31 to -1, as what is missing to -1 */
  negative: 5,
  double: 6,
  /** its hexadecimal digits, with a sign */
  bigint: 7,
  text: 8,
  array: 9,
  object: 10,
  map: 11,
  set: 12,
  date: 13,
  /** source, flags, lastIndex */
  regexp: 14,
  /** the name of its class, its bytes */
  binary: 15,
  /** the name of a declared type, its fields */
  typed: 16,
  /** the name of a declared type, its data */
  coded: 17,
  /** of an error that is of no declared type, its data */
  error: 18,
  /** of a Transfer, what has become of its content: between threads, in no store */
  transfer: 19,
} as const
