type Maker = new (memory: ArrayBuffer) => object

const VIEWS: readonly string[] = [
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
]

/** Is binary called so? Its name comes from outside, and there are other globals. */
export const isBinaryName = (name: string): boolean =>
  name === 'Buffer' || name === 'ArrayBuffer' || VIEWS.includes(name)

/** Binary of this kind with a copy of these bytes. Throws `RangeError` if there is none. */
export const binary = (name: string, bytes: Buffer): object => {
  if (name === 'Buffer') return Buffer.from(bytes)
  const memory = new Uint8Array(bytes).buffer
  if (name === 'ArrayBuffer') return memory
  const Class = isBinaryName(name)
    ? (globalThis as unknown as Record<string, Maker | undefined>)[name]
    : undefined
  if (Class === undefined) throw new RangeError(`there is no binary ${name}`)
  return new Class(memory)
}
