import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { peeper } from '../cli/command-line.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { curlLines, run, type CurlLine } from './curl-lines.js'
import { RunningSample } from './running-sample.js'

const MAIN = 'sample/03-durable-cart/dist/main.js'
const README = 'sample/03-durable-cart/README.md'

let path: string
let sample: RunningSample
let url: string

const start = async (): Promise<void> => {
  sample = new RunningSample(MAIN, 0, { CART_DATA: path })
  await sample.prints('the cart is empty')
  url = /http:\/\/localhost:\d+/.exec(sample.output)?.[0] ?? ''
}

/** `kill -9`, and it is started again. */
const killed = async (kill: () => unknown): Promise<void> => {
  await kill()
  expect(await sample.ended()).toEqual({ code: null, signal: 'SIGKILL' })
  await start()
}

beforeEach(async () => {
  path = temporaryFolder()
  await start()
})

afterEach(async () => {
  sample.kill('SIGKILL')
  await sample.ended()
})

const read = async (at: string): Promise<unknown> => (await fetch(url + at)).json()
const post = (at: string, form: Record<string, string> = {}): Promise<Response> =>
  fetch(url + at, { method: 'POST', body: new URLSearchParams(form) })

/** A line that was written for the process before this one. */
const keepPromise = async (line: CurlLine): Promise<void> => {
  const body = await run({ ...line, url: line.url.replace(/^http:\/\/localhost:\d+/, url) })
  if (line.promised !== undefined) expect(`${line.url} ${body}`).toBe(`${line.url} ${line.promised}`)
}

test('its README, line by line: what was put in a cart is there after kill -9', async () => {
  const [first = '', ...more] = readFileSync(README, 'utf8').match(/^```sh\n[^]*?^```$/gm) ?? []
  expect(first.split('\n').slice(1, -1)).toEqual([
    expect.stringMatching(/^npm ci && npm run start:cart +#/),
    expect.stringMatching(/^curl http:\/\/localhost:3003\/carts\/ann\/items /),
    'kill -9 $(curl -s http://localhost:3003/pid) && npm run start:cart',
  ])
  const [put, look] = [first, ...more].flatMap(curlLines)
  await keepPromise(put!)
  const pid = Number(await (await fetch(`${url}/pid`)).text())
  await killed(() => process.kill(pid, 'SIGKILL'))
  await keepPromise(look!)
})

test('each curl line that it prints gives what it promises, in that order, with kill -9 where it says so', async () => {
  const lines = curlLines(sample.output)
  expect(lines).toHaveLength(8)
  const [pid] = /(?<=kill -9 )\d+/.exec(sample.output) ?? []
  for (const [i, line] of lines.entries()) {
    if (i === 2) await killed(() => process.kill(Number(pid), 'SIGKILL'))
    if (line.url.endsWith('/die'))
      await killed(() => run({ ...line, url: `${url}/carts/ann/die` }).catch(() => undefined))
    else await keepPromise(line)
  }
})

test('its README tells of every route', () => {
  const routes = [...sample.output.matchAll(/Mapped \{(\S+), (\w+)\}/g)].map(
    ([, route = '', method = '']) => `${method} ${route}`,
  )
  const told = [...readFileSync(README, 'utf8').matchAll(/^\| `(\w+ [^?`]+)/gm)].map(
    ([, route = '']) => route,
  )
  expect(told.sort()).toEqual(routes.sort())
})

test('killed while many customers put things in, it has all that was answered', async () => {
  const answered = new Map<string, number>()
  const customers = Array.from({ length: 10 }, (_, i) => `customer-${i}`)
  const shop = async (customer: string): Promise<void> => {
    for (let n = 1; ; n += 1) {
      const answer = await post(`/carts/${customer}/items`, { sku: 'tea' }).catch(() => undefined)
      if (answer?.status !== 201) return
      answered.set(customer, n)
      if (n === 5 && customer === 'customer-9') sample.kill('SIGKILL')
    }
  }
  await killed(() => Promise.all(customers.map(shop)))
  expect(answered.get('customer-9')).toBeGreaterThanOrEqual(5)
  expect(await read('/carts')).toEqual(expect.arrayContaining([...answered.keys()]))
  for (const [customer, n] of answered) {
    const { items } = (await read(`/carts/${customer}`)) as { items: { n: number }[] }
    expect([n, n + 1]).toContain(items[0]?.n) // the last one may have been kept, and its answer killed
  }
})

test('a cart that was only looked at is not kept, and orders are', async () => {
  expect(await read('/carts/ann')).toEqual({ items: [], total: 0 })
  expect(await read('/carts/ann/orders')).toEqual([])
  expect(await read('/carts')).toEqual(['ann']) // it is in memory
  await killed(() => sample.kill('SIGKILL'))
  expect(await read('/carts')).toEqual([])
  expect((await post('/carts/ann/items', { sku: 'pot', n: '0' })).status).toBe(400)
  await post('/carts/ann/items', { sku: 'pot', n: '2' })
  const order = await (await post('/carts/ann/checkout')).json()
  await killed(() => sample.kill('SIGKILL'))
  expect(await read('/carts/ann/orders')).toEqual([order])
  expect(await read('/carts/ann')).toEqual({ items: [], total: 0 })
})

test('a second process on its folder is told that it is in use; told to end, it ends, and the folder can be looked into', async () => {
  await post('/carts/ann/items', { sku: 'tea', n: '2' })
  const second = new RunningSample(MAIN, 0, { CART_DATA: path })
  expect(await second.ended()).toEqual({ code: 1, signal: null })
  expect(second.output).toContain('and one process at a time may own it')
  sample.kill('SIGTERM')
  expect(await sample.ended()).toEqual({ code: 0, signal: null })
  const { lines } = await peeper(['show', 'cart/ann', '--lmdb', path])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ state: { items: [{ sku: 'tea', n: 2 }] } })
})
