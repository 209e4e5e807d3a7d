import { describe, expect, it } from '@jest/globals'
import { Data, LostMutationError } from 'nestjs-peeper/engine'

const data = new Data()

interface State {
  items: number[]
  map: Map<string, number>
  set: Set<number>
}

/** Settles what a handler returns after a push to the list, a new entry of the Map and a new member of the Set. */
function returning(handler: (state: State) => unknown): () => unknown {
  const draft = data.draft(data.keep({ items: [1], map: new Map([['a', 1]]), set: new Set([1]) }))
  const state = draft.value as State
  return () => draft.settle({ state: handler(state) })
}

const taken = (at: number, ...rest: unknown[]): number => (rest.length, at)

describe('a write is not carried', () => {
  const reads: [name: string, read: (items: number[]) => unknown][] = [
    ['nothing was read', () => 0],
    ['its length was read', items => items.length],
    ['the last element was read', items => items[items.length - 1]],
    ['an element was taken by at()', items => items.at(-1)],
    ['what is not there was read', items => [items[5], items[6], items[7]]],
    ['an element was found', items => items.find(item => item === 1)],
    ['it was all read before the write', items => taken(items.push(3), [...items], items.push(4))],
  ]

  it.each(reads)('when %s', (_name, read) => {
    const next = returning(state => {
      state.items.push(2)
      read(state.items)
      return { ...state, items: [9] }
    })
    expect(next).toThrow(LostMutationError)
  })

  it('when the size of a Map or of a Set was read', () => {
    const ofMap = returning(
      ({ items, map, set }) => (map.set('b', 2), { items, set, map: new Map([['c', map.size]]) }),
    )
    const ofSet = returning(({ items, map, set }) => (set.add(2), { items, map, set: new Set([set.size]) }))
    expect(ofMap).toThrow(LostMutationError)
    expect(ofSet).toThrow(LostMutationError)
  })
})

describe('a write is carried', () => {
  const collect = (items: number[], order: 'up' | 'down') => {
    const out: number[] = []
    const { length } = items
    for (let i = 0; i < length; i++) out.push(items[order === 'up' ? i : length - 1 - i] as number)
    return out
  }
  const ways: [name: string, make: (items: number[]) => unknown][] = [
    ['map', items => items.map(item => item)],
    ['filter', items => items.filter(() => true)],
    ['slice of a part', items => items.slice(-1)],
    ['concat', items => items.concat([3])],
    ['concat to another', items => [0].concat(items)],
    ['flatMap', items => items.flatMap(item => [item])],
    ['reduce', items => items.reduce<number[]>((all, item) => [...all, item], [])],
    ['a spread', items => [...items]],
    ['Array.from', items => Array.from(items)],
    ['destructuring', ([first]) => [first]],
    ['entries', items => [...items.entries()].map(([, item]) => item)],
    ['a loop upwards', items => collect(items, 'up')],
    ['a loop downwards', items => collect(items, 'down')],
    ['JSON', items => JSON.parse(JSON.stringify(items)) as unknown],
    ['Object.values', items => Object.values(items)],
    ['a method of the prototype', items => Array.prototype.map.call(items, (item: unknown) => item)],
    ['Array.prototype.slice', items => Array.prototype.slice.call(items) as unknown],
  ]

  it.each(ways)('by %s', (_name, make) => {
    const next = returning(state => {
      state.items.push(2)
      return { ...state, items: make(state.items) }
    })
    expect(next).not.toThrow()
  })

  it('by for..of that ends early and by forEach', () => {
    const next = returning(state => {
      const out: number[] = []
      state.items.push(2, 3)
      for (const item of state.items) {
        out.push(item)
        if (item === 2) break
      }
      return { ...state, items: out }
    })
    expect(next()).toMatchObject({ items: [1, 2] })
    const each = returning(state => {
      const out: number[] = []
      state.items.push(2)
      state.items.forEach(item => out.push(item))
      return { ...state, items: out }
    })
    expect(each()).toMatchObject({ items: [1, 2] })
  })

  it('by a loop over a list that was emptied', () => {
    const next = returning(state => {
      state.items.pop()
      return { ...state, items: collect(state.items, 'up') }
    })
    expect(next()).toMatchObject({ items: [] })
  })

  it('by copies of a Map and a Set', () => {
    const next = returning(({ items, map, set }) => {
      map.set('b', 2)
      set.add(2)
      return { items, map: new Map(map), set: new Set(set) }
    })
    expect(next()).toMatchObject({
      map: new Map([
        ['a', 1],
        ['b', 2],
      ]),
      set: new Set([1, 2]),
    })
  })
})
