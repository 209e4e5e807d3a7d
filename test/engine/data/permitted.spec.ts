import { describe, expect, it } from '@jest/globals'
import { Data } from 'nestjs-peeper/engine'
import { show } from './show.js'

class Money {
  constructor(
    public amount: number,
    public currency = 'EUR',
  ) {}

  get label(): string {
    return `${this.amount} ${this.currency}`
  }

  set cents(cents: number) {
    this.amount = cents / 100
  }

  add(more: number): void {
    this.amount += more
  }
}

class Secret {
  #word: string

  constructor(word: string) {
    this.#word = word
  }

  static fromState(data: { word: string }): Secret {
    return new Secret(data.word)
  }

  toState(): { word: string } {
    return { word: this.#word }
  }

  change(word: string): void {
    this.#word = word
  }
}

class TeaError extends Error {
  override name = 'TeaError'

  constructor(
    message: string,
    public temperature: number,
  ) {
    super(message)
  }
}

interface Permitted<T> {
  make: () => T
  /** Changes the value in place, in whatever way its type allows. */
  change: (value: T) => void
  /** Changes it past any wrapper: by the prototype's own method, or through the memory below. */
  bypass?: (value: T) => void
  show?: (value: T) => string
}

const permitted: Record<string, Permitted<never>> = {}
const permit = <T>(name: string, entry: Permitted<T>) => {
  permitted[name] = entry as unknown as Permitted<never>
}

permit('plain object', {
  make: () => ({ n: 1, deep: { s: 'x' } }),
  change: v => void ((v.n = 2), (v.deep.s = 'y')),
})
permit('object without a prototype', {
  make: () => Object.assign(Object.create(null) as { n: number }, { n: 1 }),
  change: v => void (v.n = 2),
  show: v => show({ ...v }),
})
permit('array', { make: () => [1, { n: 1 }, [2]], change: v => void v.push(3) })
permit('Map', {
  make: () => new Map<unknown, { n: number }>([['k', { n: 1 }]]),
  change: v => void v.set('other', { n: 2 }),
  bypass: v => void Map.prototype.set.call(v, 'sneaky', 1),
})
permit('value in a Map', {
  make: () => new Map<unknown, { n: number }>([['k', { n: 1 }]]),
  change: v => void ((v.get('k') as { n: number }).n = 9),
  bypass: v => Map.prototype.clear.call(v),
})
permit('Set', {
  make: () => new Set<unknown>([1, 'a', { n: 1 }]),
  change: v => void v.add(2),
  bypass: v => void Set.prototype.add.call(v, 'sneaky'),
})
permit('member of a Set', {
  make: () => new Set([{ n: 1 }]),
  change: v => v.forEach(member => (member.n = 9)),
  bypass: v => Set.prototype.clear.call(v),
})
permit('Date', {
  make: () => new Date(0),
  change: v => void v.setFullYear(2030),
  bypass: v => void Date.prototype.setTime.call(v, 7),
})
permit('invalid Date', { make: () => new Date(NaN), change: v => void v.setTime(5) })
permit('RegExp', {
  make: () => /a(b)?/gi,
  change: v => void v.exec('xxab'),
  bypass: v => void RegExp.prototype.exec.call(v, 'xxab'),
})
permit('Error', {
  make: () => Object.assign(new Error('no', { cause: { code: 7 } }), { extra: [1] }),
  change: v => void (v.message = 'yes'),
})
permit('cause of an Error', {
  make: () => new TypeError('no', { cause: { code: 7 } }),
  change: v => void ((v.cause as { code: number }).code = 8),
})
permit('extra field of an Error', {
  make: () => Object.assign(new RangeError('no'), { extra: { list: [1] } }),
  change: v => void v.extra.list.push(2),
})
permit('AggregateError', {
  make: () => new AggregateError([new Error('a'), { b: 1 }], 'many'),
  change: v => void v.errors.push(1),
  show: v => `${show(v)} ${show(v.errors)}`,
})
permit('Error of its own class', {
  make: () => new TeaError('cold', 20) as Error & { temperature: number },
  change: v => void (v.temperature = 90),
  show: v => `${v.name} ${v.message} ${v.temperature} ${v.stack}`,
})
permit('Buffer', {
  make: () => Buffer.alloc(3, 'abc'),
  change: v => void (v[0] = 0x41),
  bypass: v => void new Uint8Array(v.buffer).fill(0),
})
permit('window of a larger buffer', {
  make: () => new Uint8Array(new Uint8Array([9, 1, 2, 3, 9]).buffer, 1, 3),
  change: v => v.set([7], 1),
  bypass: v => void new Uint8Array(v.buffer).fill(0),
})
for (const View of [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
]) {
  permit(View.name, {
    make: () => new View([1, 2, 3]),
    change: v => void (v[1] = 9),
    bypass: v => void new Uint8Array(v.buffer).fill(0),
  })
}
for (const View of [BigInt64Array, BigUint64Array]) {
  permit(View.name, { make: () => new View([1n, 2n]), change: v => void (v[1] = 9n) })
}
permit('DataView', {
  make: () => new DataView(new Uint8Array([9, 1, 2, 9]).buffer, 1, 2),
  change: v => v.setUint8(0, 255),
  bypass: v => DataView.prototype.setUint8.call(v, 1, 255),
})
permit('ArrayBuffer', {
  make: () => new Uint8Array([1, 2]).buffer,
  change: v => void (new Uint8Array(v)[0] = 255),
})
permit('declared type with public fields', { make: () => new Money(5), change: v => v.add(2) })
permit('declared type, changed by its setter', {
  make: () => new Money(5),
  change: v => void (v.cents = 700),
})
permit('declared type with toState and fromState', {
  make: () => new Secret('a'),
  change: v => v.change('b'),
  show: v => show(v.toState()),
})
permit('type declared from outside', {
  make: () => new URL('http://a.test/x'),
  change: v => void (v.hash = 'frag'),
  show: v => v.href,
})

const data = new Data([
  Money,
  Secret,
  { type: URL, toState: (url: URL) => url.href, fromState: (href: string) => new URL(href) },
])

describe.each(Object.entries(permitted))('%s', (_name, entry) => {
  const { make, change, bypass } = entry as unknown as Permitted<object>
  const print = (entry.show as ((value: object) => string) | undefined) ?? show

  interface Holder {
    part: object
    list: object[]
  }
  const original = make()
  const before = print(original)
  const after = (() => {
    const changed = data.copy(original)
    change(changed)
    return print(changed)
  })()
  const keep = () => data.keep({ part: original, list: [original] })
  const seen = (kept: unknown) => print(data.release(kept as Holder).part)

  it('is changed by the change this test makes', () => {
    expect(after).not.toBe(before)
  })

  it('survives the way in and out', () => {
    const out = data.release(keep() as Holder)
    expect([print(out.part), print(out.list[0] as object)]).toEqual([before, before])
    expect(Object.getPrototypeOf(data.release(data.keep(data.keep(out)) as Holder).part)).toBe(
      Object.getPrototypeOf(out.part),
    )
  })

  it('rolls back when the handler does not finish', () => {
    const kept = keep()
    const draft = data.draft(kept)
    change((draft.value as Holder).part)
    change((draft.value as Holder).list[0] as object)
    expect(print((draft.value as Holder).part)).toBe(after)
    draft.end()
    expect(seen(kept)).toBe(before)
    expect(print((data.draft(kept).value as Holder).part)).toBe(before)
  })

  it('takes effect when the handler finishes, in its place alone', () => {
    const kept = keep()
    const draft = data.draft(kept)
    change((draft.value as Holder).part)
    expect(draft.modified).toBe(true)
    const next = draft.settle()
    expect(next).not.toBe(kept)
    expect([seen(next), print(data.release(next as Holder).list[0] as object)]).toEqual([after, before])
    expect(seen(kept)).toBe(before)
  })

  it('is the very state when it is the whole state, and a look changes nothing', () => {
    const kept = data.keep(original)
    const draft = data.draft(kept)
    expect(print(draft.value as object)).toBe(before)
    expect([draft.modified, draft.settle()]).toEqual([false, kept])
    const second = data.draft(kept)
    change(second.value as object)
    expect(print(data.release(second.settle()) as object)).toBe(after)
  })

  it('is kept in its own right: a change of the original afterwards is not seen', () => {
    const mine = make()
    const kept = data.keep({ part: mine })
    const shown = seen(kept)
    change(mine)
    bypass?.(mine)
    expect(seen(kept)).toBe(shown)
    const fresh = make()
    const draft = data.draft(data.keep({ part: null }))
    ;(draft.value as { part: unknown }).part = fresh
    const next = draft.settle()
    const shownFresh = seen(next)
    change(fresh)
    expect(seen(next)).toBe(shownFresh)
  })

  const attacks = Object.entries({ change, bypass }).filter(([, attack]) => attack !== undefined)

  it.each(attacks)('cannot be reached from outside by a %s of what left', (_way, attack) => {
    const kept = keep()
    const out = data.release(kept as Holder)
    try {
      attack?.(out.part)
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
    expect(seen(kept)).toBe(before)
    expect(print((data.draft(kept).value as Holder).part)).toBe(before)
  })

  it('is copied for a payload, once and privately', () => {
    const mine = make()
    const payload = data.copy({ part: mine })
    const shown = print(payload.part)
    expect(payload.part).not.toBe(mine)
    change(mine)
    bypass?.(mine)
    expect(print(payload.part)).toBe(shown)
    expect(Object.isFrozen(mine)).toBe(false)
  })

  it('returned unchanged is the base itself', () => {
    const kept = keep()
    expect(data.keep({ part: data.copy(original), list: [data.copy(original)] }, kept)).toBe(kept)
    const draft = data.draft(kept)
    expect(draft.settle({ state: { ...(draft.value as Holder) } })).toBe(kept)
  })
})

describe('primitives', () => {
  it.each([undefined, null, true, 0, -0, NaN, Infinity, 5n, '', 'text'])('%p is a state', value => {
    const kept = data.keep(value)
    const draft = data.draft(kept)
    expect([
      Object.is(kept, value),
      Object.is(draft.value, value),
      Object.is(data.copy(value), value),
    ]).toEqual([true, true, true])
    expect([Object.is(draft.settle(), value), draft.settle({ state: 1 }), draft.modified]).toEqual([
      true,
      1,
      false,
    ])
  })

  it('in a box come out of it', () => {
    expect(show(data.copy([new Number(1), new String('s'), new Boolean(false), Object(2n)]))).toBe(
      '[1, "s", false, 2n]',
    )
    expect(show(data.keep({ n: new Number(-0) }))).toBe('{"n": -0}')
  })

  it('tell 0 from -0', () => {
    const kept = data.keep({ n: 0 })
    const draft = data.draft(kept)
    ;(draft.value as { n: number }).n = -0
    expect(show(draft.settle())).toBe('{"n": -0}')
    expect(data.keep({ n: -0 }, kept)).not.toBe(kept)
  })
})

describe('what is kept of', () => {
  it('an undeclared class: its own fields', () => {
    class Dto {
      a = 1
    }
    class Empty {}
    expect(show(data.keep([new Dto(), new Empty()]))).toBe('[{"a": 1}, {}]')
  })

  it('an array: its elements, without named extras', () => {
    const extra = Object.assign([1], { name: 'x' })
    expect(Object.keys(data.keep(extra) as object)).toEqual(['0'])
    const draft = data.draft(data.keep([1]))
    Object.assign(draft.value as object, { name: 'x', 1: 2 })
    expect(Object.keys(draft.settle() as object)).toEqual(['0', '1'])
  })

  it('an object with keys such as __proto__: the keys, as its own', () => {
    const odd = JSON.parse('{"__proto__":{"x":1},"constructor":1,"":2,"/":3,"toString":4}') as object
    const kept = data.keep(odd) as object
    expect(Object.keys(kept)).toEqual(['__proto__', 'constructor', '', '/', 'toString'])
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
    expect(Object.keys(data.copy(odd))).toEqual(Object.keys(kept))
    const draft = data.draft(kept)
    const value = draft.value as Record<string, Record<string, unknown>>
    value.__proto__!.x = 2
    Object.assign(value, { constructor: { y: 1 } })
    expect(show(draft.settle())).toBe(
      '{"__proto__": {"x": 2}, "constructor": {"y": 1}, "": 2, "/": 3, "toString": 4}',
    )
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('an accessor: its value, read once', () => {
    let reads = 0
    const source = {
      get n() {
        return ++reads
      },
    }
    expect([data.copy(source).n, (data.keep(source) as { n: number }).n]).toEqual([1, 2])
  })

  it('a part that stands in two places: two parts', () => {
    const shared = { n: 1 }
    const draft = data.draft(data.keep({ a: shared, b: shared }))
    ;(draft.value as { a: { n: number } }).a.n = 2
    expect(show(draft.settle())).toBe('{"a": {"n": 2}, "b": {"n": 1}}')
  })

  it('a Buffer: its own memory, never a window on the pool', () => {
    const kept = data.keep(Buffer.from('secret'))
    const out = data.release(kept) as Buffer
    expect([out.buffer.byteLength, data.copy(Buffer.from('x')).buffer.byteLength]).toEqual([6, 1])
    expect(Buffer.isBuffer(out)).toBe(true)
  })

  it('an Error of an undeclared class: an Error with that name', () => {
    const out = data.copy(new TeaError('cold', 20)) as Error
    expect([out instanceof TeaError, out instanceof Error, out.name, String(out)]).toEqual([
      false,
      true,
      'TeaError',
      'TeaError: cold',
    ])
    expect(data.copy(new TypeError('t'))).toBeInstanceOf(TypeError)
    expect(new Data([TeaError]).copy(new TeaError('cold', 20))).toBeInstanceOf(TeaError)
  })

  it.each(['toString', 'valueOf', 'hasOwnProperty', 'constructor', '__proto__', 'isPrototypeOf'])(
    'an Error with the name %s: an Error',
    name => {
      const kept = data.keep({ e: Object.assign(new Error('m'), { name }) })
      const { e } = data.release(kept) as { e: Error }
      expect([e instanceof Error, e.name, e.message]).toEqual([true, name, 'm'])
      expect(String((data.draft(kept).value as { e: Error }).e)).toBe(`${name}: m`)
    },
  )

  it('an instance of a class below a declared one with toState: what fromState makes of it', () => {
    class Loud extends Secret {}
    expect(data.copy({ s: new Loud('x') }).s.constructor).toBe(Secret)
  })

  it('a Map key that is an object: a key that finds its entry, and cannot be changed', () => {
    const kept = data.keep(
      new Map<unknown, number>([
        [{ id: 1 }, 1],
        [new Date(5), 2],
      ]),
    )
    const draft = data.draft(kept)
    const map = draft.value as Map<{ id: number } & Date, number>
    const [plain, date] = [...map.keys()] as unknown as [{ id: number }, Date]
    expect(Object.isFrozen(plain)).toBe(true)
    date.setTime(99)
    expect([map.get(plain as never), map.get(date as never), map.has(date as never)]).toEqual([1, 2, true])
    expect(draft.settle()).toBe(kept)
    const second = data.draft(kept)
    for (const key of (second.value as Map<unknown, number>).keys())
      (second.value as Map<unknown, number>).set(key, 7)
    expect(show(data.release(second.settle()))).toBe('Map(2){{"id": 1} => 7, Date(5) => 7}')
  })

  it('an error, also where Error itself is declared: its class and what it says', () => {
    const declared = new Data([Error])
    for (const error of [new Error('no'), new RangeError('far')]) {
      const released = declared.release<unknown>(declared.keep(error)) as Error
      expect([released.constructor, released.message]).toEqual([error.constructor, error.message])
    }
  })
})
