import { crc32 } from 'node:zlib'
import type { Writer } from '../../engine/codec/writer.js'
import { Damage, NewerRecord } from './damage.js'

/** Of the bytes of every record, this one's among them. A store of another one is not read. */
export const FORMAT = 1

const HEAD = 5 // the format, and the checksum of what follows

/** A record as it is stored: its format, a checksum, its bytes. */
export const seal = (bytes: Uint8Array): Buffer => {
  const record = Buffer.allocUnsafe(HEAD + bytes.length)
  record[0] = FORMAT
  record.writeUInt32LE(crc32(bytes), 1)
  record.set(bytes, HEAD)
  return record
}

/** Begins a record where it is written: its bytes follow. */
export const beginRecord = (out: Writer): void => {
  out.skip(HEAD)
}

/** Ends it: the record as `seal` would make it of the bytes that were written since. */
export const endRecord = (out: Writer): Buffer => {
  const record = out.taken()
  record[0] = FORMAT
  record.writeUInt32LE(crc32(record.subarray(HEAD)), 1)
  return record
}

/** Bytes that a record has beside its own. */
export const RECORD_HEAD = HEAD

/** The bytes of a record. Throws `Damage` if they are not those that were sealed, `NewerRecord` if a later release sealed them. */
export const unseal = (record: Buffer): Buffer => {
  if (record.length < HEAD) throw new Damage(`it has ${record.length} bytes`)
  const [format = 0] = record
  const bytes = record.subarray(HEAD)
  if (record.readUInt32LE(1) !== crc32(bytes)) throw new Damage('its checksum is not that of its bytes')
  if (format > FORMAT) throw new NewerRecord(format)
  if (format < FORMAT) throw new Damage(`there is no format ${format}`)
  return bytes
}
