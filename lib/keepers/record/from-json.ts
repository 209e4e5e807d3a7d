import { MAX_DEPTH } from '../../engine/data/kept.js'
import { blank, put, type Dict } from '../../engine/data/shape.js'
import { StoredCoded, storedType } from '../../engine/data/stored.js'
import { binary, isBinaryName } from '../../engine/codec/binary.js'

/** JSON that stands for no data. */
export class NotOfData extends Error {}

/** Reads what `toJson` wrote, once it was parsed: data for `Data.keep` of the server it belongs to, as from a store. */
export class JsonReader {
  private readonly types = new Map<string, object>()

  /** @throws NotOfData */
  value(json: unknown, depth = 1): unknown {
    if (typeof json === 'number' && !Number.isFinite(json)) throw new NotOfData('a number is too large')
    if (typeof json !== 'object' || json === null) return json
    if (depth > MAX_DEPTH) throw new NotOfData(`it is deeper than ${MAX_DEPTH} levels`)
    if (Array.isArray(json)) return this.list(json, depth)
    const [key, ...more] = Object.keys(json)
    return key?.startsWith('$') === true && more.length === 0
      ? this.tagged(key, (json as Dict)[key], depth)
      : this.fields(json as Dict, undefined, depth)
  }

  private list(json: readonly unknown[], depth: number): unknown[] {
    return json.map(part => this.value(part, depth + 1))
  }

  private fields(json: Dict, type: object | undefined, depth: number): object {
    const keys = Object.keys(json)
    const out = type === undefined ? blank(keys.length) : (Object.create(type) as Dict)
    for (const key of keys) put(out, key, this.value(json[key], depth + 1))
    return out
  }

  private tagged(tag: string, json: unknown, depth: number): unknown {
    switch (tag) {
      case '$plain':
        return this.fields(objectOf(tag, json), undefined, depth)
      case '$undefined':
        return json === true ? undefined : refuse(tag, 'not true')
      case '$number':
        return numberOf(tag, textOf(tag, json))
      case '$bigint':
        return /^-?\d+$/.test(textOf(tag, json)) ? BigInt(json as string) : refuse(tag, 'not digits')
      case '$date':
        return dateOf(tag, json)
      case '$regexp':
        return this.regexp(tag, json, depth)
      case '$binary':
        return binaryOf(tag, json)
      case '$map':
        return this.map(tag, json, depth)
      case '$set': {
        const members = this.list(listOf(tag, json), depth)
        const set = new Set(members)
        return set.size === members.length ? set : refuse(tag, 'a list that has a member twice')
      }
      case '$error':
        return new StoredCoded(undefined, this.value(objectOf(tag, json), depth + 1))
      case '$coded': {
        const [type, data] = tupleOf(tag, json, 2)
        return new StoredCoded(textOf(tag, type), this.value(data, depth + 1))
      }
      case '$typed': {
        const [type, content] = tupleOf(tag, json, 2)
        return this.fields(objectOf(tag, content), this.type(textOf(tag, type)), depth)
      }
      default:
        throw new NotOfData(`there is no tag '${tag}'; a plain object that looks so is {"$plain":{…}}`)
    }
  }

  private map(tag: string, json: unknown, depth: number): Map<unknown, unknown> {
    const entries = listOf(tag, json).map(pair => this.list(tupleOf(tag, pair, 2), depth))
    const map = new Map(entries as [unknown, unknown][])
    return map.size === entries.length ? map : refuse(tag, 'a list that has a key twice')
  }

  private regexp(tag: string, json: unknown, depth: number): RegExp {
    const [source, flags, lastIndex] = tupleOf(tag, json, 3)
    const regexp = attempt(tag, () => new RegExp(textOf(tag, source), textOf(tag, flags)))
    regexp.lastIndex = this.value(lastIndex, depth + 1) as number
    return regexp
  }

  private type(name: string): object {
    const found = this.types.get(name) ?? storedType(name)
    this.types.set(name, found)
    return found
  }
}

const refuse = (tag: string, what: string): never => {
  throw new NotOfData(`what stands under '${tag}' is ${what}`)
}

const attempt = <T>(tag: string, make: () => T): T => {
  try {
    return make()
  } catch (error) {
    throw error instanceof NotOfData ? error : new NotOfData(`'${tag}': ${(error as Error).message}`)
  }
}

const textOf = (tag: string, json: unknown): string =>
  typeof json === 'string' ? json : refuse(tag, 'no string')

const listOf = (tag: string, json: unknown): readonly unknown[] =>
  Array.isArray(json) ? json : refuse(tag, 'no list')

const tupleOf = (tag: string, json: unknown, length: number): readonly unknown[] =>
  Array.isArray(json) && json.length === length ? json : refuse(tag, `no list of ${length}`)

const objectOf = (tag: string, json: unknown): Dict =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Dict)
    : refuse(tag, 'no object')

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['-0', -0],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

const numberOf = (tag: string, text: string): number =>
  NUMBERS.get(text) ?? refuse(tag, `none of ${[...NUMBERS.keys()].join(', ')}`)

const dateOf = (tag: string, json: unknown): Date => {
  const date = new Date(json === null ? NaN : textOf(tag, json))
  return json !== null && Number.isNaN(date.getTime()) ? refuse(tag, 'no date') : date
}

const binaryOf = (tag: string, json: unknown): object => {
  const [type, base64] = tupleOf(tag, json, 2).map(part => textOf(tag, part))
  if (type === undefined || !isBinaryName(type)) return refuse(tag, 'no kind of binary')
  const bytes = Buffer.from(base64 ?? '', 'base64')
  return bytes.toString('base64') === base64
    ? attempt(tag, () => binary(type, bytes))
    : refuse(tag, 'no base64')
}
