import { types as is } from 'node:util'
import { heightOf, Kind, kindOfMark, markOf } from '../../engine/data/kept.js'
import { systemClock } from '../../engine/clock.js'
import { Encoder } from '../../engine/codec/encode.js'
import { Tag } from '../../engine/codec/tags.js'

const SLICE = 65_536 // bytes written before others have their turn
const SMALL = 64

/** An encoder that may pause between any two parts of a large state. Kept data never changes, so it may take its time. */
class SlowEncoder extends Encoder {
  private next = SLICE

  private part(part: unknown): Iterable<undefined> {
    if (!isSmall(part)) return this.steps(part)
    this.value(part)
    if (this.out.length < this.next) return NO_PAUSE
    this.next = this.out.length + SLICE
    return PAUSE
  }

  /** Each step is a pause. */
  *steps(value: unknown): Generator<undefined> {
    if (isSmall(value)) {
      this.value(value)
      return
    }
    const { out } = this
    if (is.isMap(value)) {
      out.byte(Tag.map)
      out.count(value.size)
      for (const entry of value) for (const part of entry) yield* this.part(part)
    } else if (Array.isArray(value)) {
      out.byte(Tag.array)
      out.count(value.length)
      for (const part of value) yield* this.part(part)
    } else {
      const keys = Object.keys(value as object)
      out.byte(Tag.object)
      this.object(keys.length)
      for (const key of keys) {
        this.name(key)
        yield* this.part((value as Record<string, unknown>)[key])
      }
    }
  }
}

const NO_PAUSE: readonly undefined[] = Object.freeze([])
const PAUSE: readonly undefined[] = Object.freeze([undefined])

/** Is it written in no time, or is it none of those that are written part by part? */
const isSmall = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true
  const mark = markOf(value)
  switch (kindOfMark(mark)) {
    case Kind.plain:
      return heightOf(mark) < 2 && Object.keys(value).length < SMALL
    case Kind.array:
      return heightOf(mark) < 2 && (value as unknown[]).length < SMALL
    case Kind.map:
      return heightOf(mark) < 2 && (value as Map<unknown, unknown>).size < SMALL
    default:
      return true
  }
}

/** The bytes of kept data, as `encode` makes them, with pauses in which others have their turn. */
export const encodeSlowly = async (value: unknown): Promise<Buffer> => {
  const encoder = new SlowEncoder()
  for (const _ of encoder.steps(value))
    await new Promise<void>(resolve => {
      systemClock.yield(resolve)
    })
  return encoder.out.taken()
}
