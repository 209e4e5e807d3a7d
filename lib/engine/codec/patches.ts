import type { Patch, Path } from '../data/patch.js'
import { Decoder } from './decode.js'
import { Encoder } from './encode.js'
import { Reader } from './reader.js'

const OPS = ['set', 'delete', 'add', 'splice'] as const

/** Is it the whole value that changed? */
export const isReplaced = ([first, ...more]: readonly Patch[]): boolean =>
  first?.op === 'set' && first.path.length === 0 && more.length === 0

/** The bytes of the patches that lead from one revision to another. */
export const encodePatches = (from: number, patches: readonly Patch[]): Buffer => {
  const encoder = new Encoder()
  encoder.out.count(from)
  writePatches(encoder, patches)
  return encoder.out.taken()
}

/** The revision that patches lead from, and the patches, to be replayed. */
export const decodePatches = (bytes: Buffer): { readonly from: number; readonly patches: Patch[] } => {
  const decoder = new Decoder(new Reader(bytes))
  const from = decoder.from.count()
  const patches = readPatches(decoder)
  if (!decoder.from.isAtEnd) throw new RangeError('the bytes go on behind their end')
  return { from, patches }
}

/** Writes patches among other things. */
export const writePatches = (encoder: Encoder, patches: readonly Patch[]): void => {
  const { out } = encoder
  out.count(patches.length)
  for (const patch of patches) {
    out.byte(OPS.indexOf(patch.op))
    out.count(patch.path.length)
    for (const part of patch.path) encoder.value(part)
    if (patch.op === 'set' || patch.op === 'add') encoder.value(patch.value)
    if (patch.op !== 'splice') continue
    out.count(patch.start)
    out.count(patch.remove)
    encoder.value(patch.items)
  }
}

/** Reads what {@link writePatches} wrote. */
export const readPatches = (decoder: Decoder): Patch[] => {
  const patches: Patch[] = []
  for (let left = decoder.from.count(); left > 0; left--) patches.push(patchOf(decoder, decoder.from))
  return patches
}

const patchOf = (decoder: Decoder, reader: Reader): Patch => {
  const op = OPS[reader.byte()]
  const path = pathOf(decoder, reader)
  switch (op) {
    case 'set':
    case 'add':
      return { op, path, value: decoder.value() }
    case 'delete':
      return { op, path }
    case 'splice':
      return {
        op,
        path,
        start: reader.count(),
        remove: reader.count(),
        items: decoder.value() as unknown[],
      }
    default:
      throw new RangeError('there is no such patch')
  }
}

const pathOf = (decoder: Decoder, reader: Reader): Path => {
  const path: unknown[] = []
  for (let left = reader.count(); left > 0; left--) path.push(decoder.value())
  return path
}
