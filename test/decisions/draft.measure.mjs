// The figures of docs/decisions/0001-what-stands-under-the-draft.md. After a build: node test/decisions/draft.measure.mjs
import { Buffer } from 'node:buffer'
import process from 'node:process'
import { Data, diff, replay } from 'nestjs-peeper/engine'

// Both libraries choose their build when they are loaded.
process.env.NODE_ENV = 'production'
const { apply, create } = await import('mutative')
const { applyPatches, enableMapSet, enablePatches, produce, produceWithPatches } = await import('immer')

enableMapSet()
enablePatches()
const { structuredClone } = globalThis
const data = new Data()
const fill = (width, value) =>
  Object.fromEntries(Array.from({ length: width }, (_, i) => [`key${i}`, value(i)]))
const rows = () => ({ items: Array.from({ length: 1000 }, (_, i) => ({ id: i, name: 'x' })) })
const maps = () => ({ m: new Map(Array.from({ length: 1000 }, (_, i) => [`k${i}`, { n: i }])) })
const sets = () => ({ s: new Set(Array.from({ length: 1000 }, (_, i) => `k${i}`)) })
const leaves = () => ({ n: 1, when: new Date(0), bytes: Buffer.alloc(64) })
const five = () => ({ a: { b: { c: { d: { e: 1 } } } }, z: 1 })
const nothing = () => undefined

/** What is drafted, what the handler does, and how many a round. */
const work = [
  ['10 fields, change one', () => fill(10, i => i), (s, i) => void (s.key3 = i + 100), 200_000],
  ['10 fields, read two', () => fill(10, i => i), s => nothing(s.key3, s.key5), 200_000],
  ['5 levels, change the innermost', five, (s, i) => void (s.a.b.c.d.e = i + 9), 100_000],
  ['5 levels, read the innermost', five, s => nothing(s.a.b.c.d.e), 100_000],
  ['1 000 keys, change one', () => fill(1000, i => i), (s, i) => void (s.key7 = -i - 1), 1000],
  ['50 keys, change one', () => fill(50, i => i), (s, i) => void (s.key7 = -i - 1), 20_000],
  ['10 000 keys, change one', () => fill(10_000, i => i), (s, i) => void (s.key7 = -i - 1), 60],
  ['10 000 keys, read one', () => fill(10_000, i => i), s => nothing(s.key7), 20_000],
  ['array of 1 000 objects, change one', rows, (s, i) => void (s.items[500].id = -i - 1), 10_000],
  ['array of 1 000 objects, push', rows, (s, i) => void s.items.push({ id: i, name: 'y' }), 5000],
  ['array of 1 000 objects, shift', rows, s => void s.items.shift(), 5000],
  ['array of 1 000 objects, read all', rows, s => nothing(s.items.reduce((sum, x) => sum + x.id, 0)), 500],
  ['Map of 1 000, change one value', maps, (s, i) => void (s.m.get('k5').n = -i - 1), 2000],
  ['Map of 1 000, set one', maps, (s, i) => void s.m.set('new', i), 2000],
  ['Set of 1 000, add one', sets, (s, i) => void s.s.add(i), 2000],
  ['Date and Buffer beside, change a number', leaves, (s, i) => void (s.n = i + 9), 100_000],
  ['Date and Buffer, set a new Date', leaves, (s, i) => void (s.when = new Date(i + 1)), 100_000],
]

const ours = (make, change) => {
  const kept = data.keep(make())
  return i => {
    const draft = data.draft(kept)
    change(draft.value, i)
    draft.settle()
    draft.end()
  }
}

const mutative = options => (make, change) => {
  const base = create(make(), nothing, options)
  const recipe = i => s => change(s, i)
  return i => create(base, recipe(i), options)
}

const immer = (make, change) => {
  const base = produce(make(), nothing)
  const recipe = i => s => change(s, i)
  return i => produce(base, recipe(i))
}

const sides = {
  ours,
  mutative: mutative({}),
  'mutative, frozen': mutative({ enableAutoFreeze: true }),
  immer,
}

const shown = best => (best < 10 ? best.toFixed(2) : best < 1000 ? best.toFixed(1) : String(Math.round(best)))

/** The best of many short rounds in turns, in microseconds for one run. A library that cannot do it at all has a result, too. */
function race(preparations, count) {
  const part = Math.ceil(count / 10)
  const sides = preparations.map(prepare => {
    try {
      const run = prepare()
      for (let i = 0; i < Math.min(count, 3000); i++) run(i)
      return { run, best: Infinity }
    } catch (error) {
      return { throws: `throws ${error.constructor.name}` }
    }
  })
  for (let round = 0; round < 70; round++)
    for (const side of sides.filter(({ run }) => run !== undefined)) {
      const start = process.hrtime.bigint()
      for (let i = 0; i < part; i++) side.run(i)
      side.best = Math.min(side.best, Number(process.hrtime.bigint() - start) / part / 1000)
    }
  return sides.map(({ best, throws }) => throws ?? shown(best))
}

const time = (run, count) => race([() => run], count)[0]

const table = rows => {
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
  console.log()
}

console.log(`Node ${process.version}, µs for one draft from creation to the next state\n`)
table([
  ['', ...Object.keys(sides)],
  ['---', ...Object.keys(sides).map(() => '---:')],
  ...work.map(([name, make, change, count]) => [
    name,
    ...race(
      Object.values(sides).map(side => () => side(make, change)),
      count,
    ),
  ]),
])

const flat = { a: 1, b: 'x', c: true, d: null, e: 2.5 }
const fifty = fill(50, i => i)
const order = {
  sku: 'a',
  count: 2,
  tags: ['x', 'y'],
  price: { amount: 5, currency: 'EUR' },
  when: new Date(0),
}
const keptOrder = data.keep(order)
const ten = data.keep(fill(10, i => i))
const wide = data.keep(fill(1000, i => ({ i })))
const draft = data.draft(wide)
draft.value.key7.i = -1
const wideNext = draft.settle()
table([
  ['crossing the border', 'ours', 'structuredClone'],
  ['---', '---:', '---:'],
  ['copy 5 fields', time(() => data.copy(flat), 300_000), time(() => structuredClone(flat), 100_000)],
  ['copy 50 fields', time(() => data.copy(fifty), 50_000), time(() => structuredClone(fifty), 20_000)],
  [
    'copy an order with a list, a part and a Date',
    time(() => data.copy(order), 100_000),
    time(() => structuredClone(order), 50_000),
  ],
  ['keep the order', time(() => data.keep(order), 100_000), ''],
  [
    'keep `{ ...state, key3 }` of 10 against its base',
    time(i => data.keep({ ...ten, key3: i + 99 }, ten), 100_000),
    '',
  ],
  ['release 10 fields', time(() => data.release(ten), 300_000), ''],
  ['release the order (a Date in it)', time(() => data.release(keptOrder), 100_000), ''],
  ['diff of 1 000 objects, one changed', time(() => diff(wide, wideNext), 2000), ''],
])

/** How a kept node can be told from any other object. */
class Override {
  constructor(node) {
    return node
  }
}
class Brand extends Override {
  #mark
  constructor(node) {
    super(node)
    this.#mark = 1
  }
  static of(value) {
    return #mark in value ? value.#mark : 0
  }
}
const set = new WeakSet()
const nodes = Array.from({ length: 100_000 }, (_, i) => ({ a: i, b: 2, c: 3 }))
for (const node of nodes) {
  set.add(node)
  new Brand(node)
}
const last = { found: 0, made: null }
table([
  ['telling a kept node', 'private field', 'WeakSet'],
  ['---', '---:', '---:'],
  [
    'mark a new object',
    time(() => (last.made = new Brand({ a: 1, b: 2, c: 3 })), 300_000),
    time(() => set.add((last.made = { a: 1, b: 2, c: 3 })), 300_000),
  ],
  [
    'ask one of 100 000',
    time(i => (last.found += Brand.of(nodes[i])), 100_000),
    time(i => (last.found += set.has(nodes[i])), 100_000),
  ],
])

/** What each makes of the traps: true when the contract holds. */
const keepsIts = {
  ours: {
    run: (state, change) => {
      const kept = data.keep(state)
      const own = data.draft(kept)
      const returned = change(own.value)
      const next = returned === undefined ? own.settle() : own.settle({ state: returned })
      own.end()
      const patches = diff(kept, next)
      return {
        base: data.release(kept),
        next: data.release(next),
        same: next === kept,
        patches,
        replayed: () => replay(kept, patches),
      }
    },
  },
  mutative: {
    run: (state, change) => {
      const [next, patches] = create(state, change, { enableAutoFreeze: true, enablePatches: true })
      return { base: state, next, same: next === state, patches, replayed: () => apply(state, patches) }
    },
  },
  immer: {
    run: (state, change) => {
      const [next, patches] = produceWithPatches(state, change)
      return {
        base: state,
        next,
        same: next === state,
        patches,
        replayed: () => applyPatches(state, patches),
      }
    },
  },
}
const rolledBack = (make, change, read) => run => {
  const { base, next } = run(make(), change)
  return read(base) === read(make()) && read(next) !== read(make())
}
const traps = [
  [
    'a Date changed in place is rolled back',
    rolledBack(
      () => ({ w: new Date(0) }),
      s => void s.w.setTime(5),
      s => s.w.getTime(),
    ),
  ],
  [
    'so are bytes',
    rolledBack(
      () => ({ b: new Uint8Array([1]) }),
      s => void (s.b[0] = 5),
      s => s.b[0],
    ),
  ],
  [
    'so is an Error',
    rolledBack(
      () => ({ e: new Error('a') }),
      s => void (s.e.message = 'b'),
      s => s.e.message,
    ),
  ],
  [
    'so is lastIndex of a RegExp',
    rolledBack(
      () => ({ r: /a/g }),
      s => void (s.r.lastIndex = 5),
      s => s.r.lastIndex,
    ),
  ],
  [
    'a state with bytes can be frozen',
    run => run({ b: new Uint8Array([1]), n: 1 }, s => void (s.n = 2)).next.n === 2,
  ],
  [
    'mutate, then return a state built from the draft',
    run => run({ n: 1 }, s => ((s.n = 2), { ...s, m: 1 })).next.n === 2,
  ],
  ['a change undone by hand is no change', run => run({ n: 1 }, s => void ((s.n = 2), (s.n = 1))).same],
  ['`{ ...state }` is no change', run => run({ n: 1, o: { p: 1 } }, s => ({ ...s })).same],
  ['a function in the state is refused', run => refuses(() => run({ n: 1 }, s => void (s.f = () => 1)))],
  [
    'a cycle is refused, not by an exhausted stack',
    run => refuses(() => run({ o: {} }, s => void (s.o.self = s))),
  ],
  ['the fresh object of the handler is not the state’s', freshIsCopied],
  ['a Map that left cannot be changed past its freezing', run => mapIsSafe(run)],
  ['own keys `__proto__` and `constructor` are written', run => isOdd(writeOddKeys(run).next)],
  ['and their patches can be replayed', run => isOdd(writeOddKeys(run).replayed())],
  [
    'the patches of `{ ...state, n }` say n alone',
    run => saysOnlyN(run({ n: 1, o: { p: 1 } }, s => ({ ...s, n: 2 })).patches),
  ],
]

function refuses(run) {
  try {
    run()
    return false
  } catch (error) {
    return !(error instanceof RangeError)
  }
}

function freshIsCopied(run) {
  const mine = { n: 1 }
  const { next } = run({}, s => void (s.mine = mine))
  return !Object.isFrozen(mine) && next.mine !== mine
}

function mapIsSafe(run) {
  let seen
  const state = run({ m: new Map([['k', 1]]) }, s => void s.m.set('x', 1)).next
  Map.prototype.set.call(state.m, 'k', 2)
  run(state, s => void (seen = s.m.get('k')))
  return run === keepsIts.ours.run ? releasedMapIsSafe() : seen === 1
}

function releasedMapIsSafe() {
  const kept = data.keep({ m: new Map([['k', 1]]) })
  Map.prototype.set.call(data.release(kept).m, 'k', 2)
  return data.draft(kept).value.m.get('k') === 1
}

function writeOddKeys(run) {
  return run(JSON.parse('{"__proto__":{"n":1},"constructor":{"n":1}}'), s => {
    s['__proto__'].n = 2
    s['constructor'].n = 2
  })
}

function isOdd(state) {
  return JSON.stringify(state) === '{"__proto__":{"n":2},"constructor":{"n":2}}'
}

function saysOnlyN(patches) {
  return patches.length === 1 && patches[0].path.length === 1 && patches[0].path[0] === 'n'
}

const verdict = (trap, run) => {
  try {
    return trap(run) ? 'yes' : 'no'
  } catch (error) {
    return `throws ${error.constructor.name}`
  }
}
table([
  ['', ...Object.keys(keepsIts)],
  ['---', ...Object.keys(keepsIts).map(() => '---')],
  ...traps.map(([name, trap]) => [name, ...Object.values(keepsIts).map(({ run }) => verdict(trap, run))]),
])
