import { open, type RootDatabase } from 'lmdb'

/** The first byte of a record's key says what it is. */
export const Part = {
  format: 0x10,
  lock: 0x11,
  head: 0x20,
  snapshot: 0x30,
  journal: 0x50,
  entry: 0x70,
}

type Raw = RootDatabase<Buffer, Buffer>

/** Opens the folder of an LMDB keeper as bytes, while nobody else has it. */
export const withRaw = async <T>(path: string, work: (raw: Raw) => T): Promise<T> => {
  const raw = open<Buffer, Buffer>({ path, keyEncoding: 'binary', encoding: 'binary', useVersions: true })
  try {
    return work(raw)
  } finally {
    await raw.close()
  }
}

/** All keys of a part; or of all parts before `end`. */
export const keysOf = (raw: Raw, part: number, end = part + 1): Buffer[] => [
  ...raw.getKeys({ start: Buffer.of(part), end: Buffer.of(end) }),
]

/** Is it the record of a snapshot of a state? Its version is the revision. */
export const isSnapshotOfState = (key: Buffer): boolean => key[0] === Part.snapshot && key.at(-1) === 1

/** Changes the n-th record of a part; without `change` its last byte. `undefined` takes it away. */
export const spoil = (
  path: string,
  part: number,
  n: number,
  change: (record: Buffer) => Buffer | undefined = flipped,
): Promise<void> =>
  withRaw(path, raw => {
    const key = keysOf(raw, part).at(n)!
    const { value, version } = raw.getEntry(key)!
    const next = change(value)
    if (next === undefined) raw.removeSync(key)
    else raw.putSync(key, next, version!)
  })

const flipped = (record: Buffer): Buffer => {
  const next = Buffer.from(record)
  next[next.length - 1] = next.at(-1)! ^ 1
  return next
}
