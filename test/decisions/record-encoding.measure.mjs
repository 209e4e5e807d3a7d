// The figures of docs/decisions/0003-record-encoding.md. After a build: node test/decisions/record-encoding.measure.mjs
import { Buffer } from 'node:buffer'
import process from 'node:process'

import { Packr } from 'msgpackr'
import { isDeepStrictEqual } from 'node:util'
import { Data } from 'nestjs-peeper/engine'
import { decode } from '../../dist/keepers/record/decode.js'
import { Encoder } from '../../dist/keepers/record/encode.js'
import { slabWriter } from '../../dist/keepers/record/writer.js'

const packr = new Packr({ structuredClone: true, moreTypes: true })
const data = new Data()
const { performance } = globalThis
const encoder = new Encoder(slabWriter())

/** As a keeper does it. */
const encode = value => {
  encoder.begin()
  encoder.value(value)
  return encoder.out.taken()
}

const small = () => ({
  id: 'account-1',
  owner: 'Grace Hopper',
  note: 'x'.repeat(140),
  balance: 7,
  paid: false,
})
const items = n => Array.from({ length: n }, (_, i) => ({ sku: `sku-${i}`, count: i % 7, price: i * 1.25 }))
const mixed = () => ({
  items: items(50_000),
  byKey: new Map(
    Array.from({ length: 20_000 }, (_, i) => [`key-${i}`, { at: new Date(i), tags: new Set(['a', i]) }]),
  ),
  blob: Buffer.alloc(1_000_000, 7),
  texts: Array.from({ length: 2_000 }, (_, i) => `${i} `.repeat(150)),
})

const time = (work, ms = 300) => {
  for (const end = performance.now() + ms; performance.now() < end;) work()
  let n = 0
  const start = process.cpuUsage()
  for (const end = performance.now() + ms; performance.now() < end; n += 1) work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / n
}

const micros = us => (us < 1_000 ? `${us.toFixed(2)} µs` : `${(us / 1_000).toFixed(1)} ms`)

console.log('| state | | bytes | encode | decode |\n|---|---|--:|--:|--:|')
for (const [name, state] of Object.entries({
  small: small(),
  '50 000 items': items(50_000),
  mixed: mixed(),
})) {
  const kept = data.keep(state)
  const [ours, theirs] = [encode(kept), Buffer.from(packr.pack(state))]
  console.log(
    `| ${name} | ours | ${ours.length} | ${micros(time(() => encode(kept)))} | ${micros(time(() => decode(ours)))} |`,
  )
  console.log(
    `| ${name} | msgpackr | ${theirs.length} | ${micros(time(() => packr.pack(state)))} | ${micros(time(() => packr.unpack(theirs)))} |`,
  )
}

const regexp = Object.assign(/a/g, { lastIndex: 3 })
const hard = {
  '-0': -0,
  'a key `__proto__`': JSON.parse('{"__proto__":{"a":1}}'),
  'lastIndex of a RegExp': regexp,
  'undefined in an array': [1, undefined, 2],
  'undefined in an object': { a: undefined },
  Map: new Map([[{ a: 1 }, 2]]),
  Set: new Set([1, 'a']),
  Date: new Date(5),
  'an invalid Date': new Date(NaN),
  'a cause of an Error': new Error('a', { cause: new TypeError('b') }),
  BigInt: 2n ** 70n,
  Float64Array: new Float64Array([NaN, -0]),
  Buffer: Buffer.of(1, 2),
  DataView: new DataView(new ArrayBuffer(3)),
  'half a character': '\ud800',
  NaN: NaN,
}
const same = (a, b) =>
  (a instanceof Date ? Object.is(a.getTime(), b.getTime?.()) : isDeepStrictEqual(a, b)) &&
  (!(a instanceof RegExp) || a.lastIndex === b.lastIndex) &&
  (!(a instanceof Error) || isDeepStrictEqual(a.cause, b.cause))
const attempt = work => {
  try {
    return work()
  } catch (error) {
    return error.message
  }
}
console.log('\n| value | ours | msgpackr |\n|---|---|---|')
for (const [name, value] of Object.entries(hard)) {
  const verdict = round => {
    const back = attempt(() => round(value))
    return same(value, back)
      ? 'as it was'
      : `lost: ${attempt(() => JSON.stringify(back, (_, v) => (typeof v === 'bigint' ? String(v) : v))) ?? String(back)}`
  }
  // Errors come back when the owner keeps what was read.
  console.log(
    `| ${name} | ${verdict(v => data.copy(data.keep(decode(encode(data.keep(v))))))} | ${verdict(v => packr.unpack(packr.pack(v)))} |`,
  )
}
