import { describe, expect, it } from '@jest/globals'
import { Data, NotDataError } from 'nestjs-peeper/engine'

const data = new Data()

function refusal(run: () => unknown): NotDataError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(NotDataError)
    return error as NotDataError
  }
  throw new Error('it was not refused')
}

class Hidden {
  #n = 1

  get n(): number {
    return this.#n
  }
}

const keyed = <T extends object>(value: T): T => Object.assign(value, { [Symbol('key')]: 1 })

function detached(buffer = new ArrayBuffer(8)): ArrayBuffer {
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

function view(View: new (buffer: ArrayBuffer) => { buffer: ArrayBufferLike }): object {
  const made = new View(new ArrayBuffer(8))
  detached(made.buffer as ArrayBuffer)
  return made
}

const refused: [name: string, make: () => unknown, what: RegExp][] = [
  ['a function', () => () => 1, /is a function/],
  ['a class', () => Hidden, /is a function/],
  ['a symbol', () => Symbol('s'), /is a symbol/],
  ['a boxed symbol', () => Object(Symbol('s')) as unknown, /is a symbol/],
  ['a symbol key', () => ({ [Symbol('key')]: 1 }), /symbol key Symbol\(key\)/],
  ['a symbol key of an array', () => keyed([1]), /symbol key Symbol\(key\)/],
  ['a symbol key of a Map', () => keyed(new Map()), /symbol key Symbol\(key\)/],
  ['a symbol key of a Set', () => keyed(new Set()), /symbol key Symbol\(key\)/],
  ['a detached ArrayBuffer', () => detached(), /detached.*transfer/],
  ['a view of a detached ArrayBuffer', () => view(Uint8Array), /detached/],
  ['a DataView of a detached ArrayBuffer', () => view(DataView), /detached/],
  ['a Promise', () => Promise.resolve(1), /Promise.*Await it/],
  ['a WeakMap', () => new WeakMap(), /WeakMap/],
  ['a WeakSet', () => new WeakSet(), /WeakSet/],
  ['a WeakRef', () => new WeakRef({}), /WeakRef/],
  ['a generator', () => (function* () {})(), /generator.*array/],
  ['an iterator', () => new Map().entries(), /iterator.*array/],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(4), /shared memory/],
  ['a view of shared memory', () => new Uint8Array(new SharedArrayBuffer(4)), /shared memory/],
  ['a URL', () => new URL('http://a.test'), /URL.*href/],
  ['an instance whose data is private', () => new Hidden(), /Hidden.*toState and fromState/],
]

describe.each(refused)('%s is refused', (_name, make, what) => {
  const places: [place: string, build: (bad: unknown) => unknown, path: (string | number)[]][] = [
    ['as the whole', bad => bad, []],
    ['in an object', bad => ({ ok: 1, a: { b: bad } }), ['a', 'b']],
    ['in an array', bad => [[0, bad]], [0, 1]],
    ['in a Map', bad => new Map([['key', [bad]]]), ['key', 0]],
    ['as a Map key', bad => new Map([[[bad], 1]]), ['(object key)', 0]],
    ['in a Set', bad => ({ s: new Set([1, bad]) }), ['s', 1]],
    ['as the cause of an Error', bad => ({ e: new Error('x', { cause: bad }) }), ['e', 'cause']],
  ]

  it.each(places)('%s, with its path', (_place, build, path) => {
    const doors: (() => unknown)[] = [
      () => data.keep(build(make())),
      () => data.copy(build(make())),
      () => data.draft(data.keep(0)).settle({ state: build(make()) }),
    ]
    for (const door of doors) {
      const error = refusal(door)
      expect(error.path).toEqual(path)
      expect(error.message).toMatch(what)
    }
  })

  it('when it was written through a draft, with its path from the root', () => {
    const write = (
      change: (state: { list: unknown[]; map: Map<string, unknown>; set: Set<unknown>; o: object }) => void,
    ) => {
      const kept = data.keep({ list: [{}, {}], map: new Map([['m', {}]]), set: new Set([1]), o: {} })
      const draft = data.draft(kept)
      change(draft.value as never)
      return refusal(() => draft.settle()).path
    }
    expect(write(state => Object.assign(state.list[1] as object, { bad: make() }))).toEqual([
      'list',
      1,
      'bad',
    ])
    expect(write(state => state.list.push([make()]))).toEqual(['list', 2, 0])
    expect(write(state => Object.assign(state.map.get('m') as object, { bad: make() }))).toEqual([
      'map',
      'm',
      'bad',
    ])
    expect(write(state => state.set.add([make()]))).toEqual(['set', 1, 0])
    expect(write(state => Object.assign(state.o, { deep: { bad: make() } }))).toEqual(['o', 'deep', 'bad'])
  })
})

it('a symbol key written to a list under draft is refused with its path', () => {
  const draft = data.draft(data.keep({ list: [1] }))
  keyed((draft.value as { list: number[] }).list)
  expect(refusal(() => draft.settle()).path).toEqual(['list'])
})

it('a buffer of the state that a handler gave away is refused with its path', () => {
  for (const make of [
    () => new ArrayBuffer(8),
    () => new Uint8Array(8),
    () => new DataView(new ArrayBuffer(8)),
  ]) {
    const draft = data.draft(data.keep({ bytes: make() }))
    const { bytes } = draft.value as { bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer> }
    detached(ArrayBuffer.isView(bytes) ? bytes.buffer : bytes)
    expect(draft.modified).toBe(true)
    expect(refusal(() => draft.settle()).path).toEqual(['bytes'])
  }
})

it('an empty buffer is not a detached one', () => {
  expect(data.copy([new ArrayBuffer(0), new Uint8Array(0)])).toHaveLength(2)
})

describe('a cycle is refused with its path', () => {
  interface Loop {
    self?: unknown
    list?: unknown[]
  }

  it('in data from outside', () => {
    const loop: Loop = { list: [] }
    loop.list?.push({ back: loop })
    expect([refusal(() => data.keep(loop)).path, refusal(() => data.copy(loop)).path]).toEqual([
      ['list', 0, 'back'],
      ['list', 0, 'back'],
    ])
    const map = new Map<string, unknown>()
    map.set('me', map)
    expect(refusal(() => data.copy({ map })).message).toMatch(/cycle/)
  })

  it('made in a draft, of its own parts', () => {
    const draft = data.draft(data.keep({ a: { b: {} }, l: [], m: new Map(), s: new Set() }))
    const state = draft.value as { a: { b: Loop }; l: unknown[]; m: Map<string, unknown>; s: Set<unknown> }
    state.a.b.self = state.a
    expect(refusal(() => draft.settle()).path).toEqual(['a', 'b', 'self'])
    for (const twist of [
      (own: typeof state) => own.m.set('me', own.m),
      (own: typeof state) => own.s.add([own.s]),
      (own: typeof state) => own.l.push(own.l),
      (own: typeof state) => own.l.push({ back: [own.l] }),
      (own: typeof state) => (own.a.b.self = own),
    ]) {
      const second = data.draft(data.keep({ a: { b: {} }, l: [], m: new Map(), s: new Set() }))
      twist(second.value as typeof state)
      expect(refusal(() => second.settle()).message).toMatch(/cycle/)
    }
  })

  it('made in a draft, with fresh objects', () => {
    const draft = data.draft(data.keep({}))
    const fresh: Loop = {}
    fresh.self = { fresh }
    ;(draft.value as Loop).self = fresh
    expect(refusal(() => draft.settle()).path).toEqual(['self', 'self', 'fresh'])
  })
})

describe('depth', () => {
  const nest = (levels: number, inner: unknown = 1) => {
    let value = inner
    for (let i = 0; i < levels; i++) value = { n: value }
    return value
  }

  it('has a bound, and beyond it a refusal instead of an exhausted stack', () => {
    expect(() => data.release(data.keep(nest(1000)))).not.toThrow()
    expect(refusal(() => data.keep(nest(1001))).message).toMatch(/too deep/)
    for (const levels of [1002, 5000, 100_000]) {
      expect(refusal(() => data.keep(nest(levels))).message).toMatch(/too deep/)
      expect(refusal(() => data.copy(nest(levels))).message).toMatch(/too deep/)
    }
  })

  it('counts the levels of parts that are kept already', () => {
    const kept = data.keep(nest(990))
    expect(() => data.keep(nest(10, kept))).not.toThrow()
    expect(refusal(() => data.keep(nest(11, kept))).message).toMatch(/too deep/)
    const draft = data.draft(data.keep({ tall: kept, n: 1, list: [] as unknown[] }))
    ;(draft.value as { n: number }).n = 2
    expect(refusal(() => data.keep(nest(10, draft.settle()))).message).toMatch(/too deep/)
    const pushing = data.draft(data.keep([1]))
    ;(pushing.value as unknown[]).push(kept)
    expect(refusal(() => data.keep(nest(10, pushing.settle()))).message).toMatch(/too deep/)
    let state = data.keep({})
    const grow = () => {
      for (let i = 0; i < 1100; i++) {
        const draft = data.draft(state)
        state = draft.settle({ state: { inner: draft.value } })
      }
    }
    expect(refusal(grow).message).toMatch(/too deep/)
  })

  it('can be used to the bound by every walk', () => {
    const kept = data.keep(nest(998, { when: new Date(0) })) as { n: unknown }
    expect(() => data.release(kept)).not.toThrow()
    const draft = data.draft(kept)
    let at = draft.value as { n?: unknown; when?: Date }
    while (at.n !== undefined) at = at.n as typeof at
    at.when?.setTime(1)
    const next = draft.settle()
    expect(next).not.toBe(kept)
  })
})

describe('a hole', () => {
  it('is refused with its path, without a walk over what is not there', () => {
    const sparse: unknown[] = [1]
    sparse[4_000_000_000] = 1
    expect([refusal(() => data.keep({ sparse })).path, refusal(() => data.copy(sparse)).path]).toEqual([
      ['sparse', 1],
      [1],
    ])
  })

  it('left in a draft is refused, and one that was filled is not', () => {
    const make = () => data.draft(data.keep({ list: [1, 2] }))
    const bad = make()
    ;(bad.value as { list: number[] }).list[4] = 5
    expect(refusal(() => bad.settle()).path).toEqual(['list', 2])
    const gone = make()
    Reflect.deleteProperty((gone.value as { list: number[] }).list, '0')
    expect(refusal(() => gone.settle()).path).toEqual(['list', 0])
    const good = make()
    const { list } = good.value as { list: number[] }
    list[3] = 4
    list[2] = 3
    expect(good.settle()).toEqual({ list: [1, 2, 3, 4] })
  })

  it('is not an undefined element', () => {
    expect(data.keep([undefined, undefined])).toEqual([undefined, undefined])
  })
})
