import type { SetWrite } from '../../engine/tables/table-write.js'
import { Decoder } from './decode.js'
import { Encoder } from './encode.js'
import { seal, unseal } from './frame.js'
import { Reader } from './reader.js'

/** The record of an entry of a table. */
export const sealEntry = ({ key, value }: Pick<SetWrite, 'key' | 'value'>): Buffer => {
  const encoder = new Encoder()
  encoder.value(key)
  encoder.value(value)
  return seal(encoder.out.taken())
}

/** Its key and its value. Throws what `unseal` and `Decoder` throw. */
export const unsealEntry = (record: Buffer): readonly [unknown, unknown] => {
  const decoder = new Decoder(new Reader(unseal(record)))
  return [decoder.value(), decoder.value()]
}
