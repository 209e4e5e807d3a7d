import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { curlLines, run } from './curl-lines.js'
import { RunningSample } from './running-sample.js'

const MAIN = 'sample/04-crash-lab/dist/main.js'
const README = 'sample/04-crash-lab/README.md'

let sample: RunningSample
let url: string

beforeEach(async () => {
  sample = new RunningSample(MAIN, 0)
  await sample.prints('All of them')
  url = /http:\/\/localhost:\d+/.exec(sample.output)?.[0] ?? ''
})

afterEach(async () => {
  sample.kill('SIGKILL')
  await sample.ended()
})

const keepsPromises = async (text: string, count: number): Promise<void> => {
  const lines = curlLines(text)
  expect(lines).toHaveLength(count)
  for (const line of lines) {
    const body = await run({ ...line, url: line.url.replace(/^http:\/\/localhost:\d+/, url) })
    expect(`${line.url} ${body}`).toBe(`${line.url} ${line.promised}`)
  }
}

test('each curl line that it prints gives what it promises, in that order', async () => {
  await keepsPromises(sample.output, 11)
}, 60_000)

test('each curl line of its README gives what it promises, in that order', async () => {
  await keepsPromises(readFileSync(README, 'utf8'), 3)
}, 60_000)

test('GET /state answers while a lab is in an endless loop', async () => {
  let isOver = false
  const loop = fetch(`${url}/thread/loop`, { method: 'POST' }).then(() => (isOver = true))
  let answers = 0
  while (!isOver) {
    const { thread } = (await (await fetch(`${url}/state`)).json()) as { thread: object }
    expect(thread).toMatchObject({ experiments: 0 })
    answers += 1
  }
  await loop
  expect(answers).toBeGreaterThan(10)
}, 60_000)

test('every crash that it names is survived, and what is none is refused', async () => {
  const post = async (at: string): Promise<unknown> => (await fetch(url + at, { method: 'POST' })).json()
  const crashes = /All of them: (.*?); in a process also (.*)\./.exec(sample.output)!
  const [ordinary = [], ofAProcess = []] = crashes.slice(1).map(names => names.split(', '))
  await post('/thread')
  await post('/process')
  for (const crash of ordinary)
    expect(await post(`/thread/${crash}`)).toMatchObject({
      crashed: crash,
      how: expect.not.stringContaining('not'),
    })
  for (const crash of [...ordinary, ...ofAProcess])
    expect(await post(`/process/${crash}`)).toMatchObject({
      crashed: crash,
      how: expect.not.stringContaining('not'),
    })
  for (const crash of ofAProcess) expect(await post(`/thread/${crash}`)).toMatchObject({ statusCode: 400 })
  expect(await post('/process/nothing')).toMatchObject({ statusCode: 400 })
  expect(await post('/thread')).toEqual({ experiments: 2 })
  expect(await post('/process')).toEqual({ experiments: 2 })
}, 120_000)
