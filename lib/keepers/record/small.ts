import { Encoder } from '../../engine/codec/encode.js'

/** What `write` and then this value make, if that is at most so many bytes; a large value is given up before all of it was gone through. */
export const encodeSmall = (
  write: (encoder: Encoder) => void,
  value: unknown,
  most: number,
): Buffer | undefined => {
  const encoder = new SmallEncoder(most)
  try {
    write(encoder)
    encoder.value(value)
    return encoder.out.length > most ? undefined : encoder.out.taken()
  } catch (error) {
    if (error === TOO_LARGE) return undefined
    throw error
  }
}

const TOO_LARGE = new Error('too large') // the same each time: making one costs more than what it gives up

class SmallEncoder extends Encoder {
  constructor(private readonly most: number) {
    super()
  }

  override value(value: unknown): void {
    const isLong = typeof value === 'string' && value.length > this.most
    if (isLong || this.out.length > this.most) throw TOO_LARGE
    super.value(value)
  }
}
