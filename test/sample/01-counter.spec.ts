import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createServer } from 'node:net'
import { curlLines, run } from './curl-lines.js'
import { RunningSample } from './running-sample.js'
import { ServerSentEvents } from './server-sent-events.js'

const MAIN = 'sample/01-counter/dist/main.js'

let sample: RunningSample
let url: string

const start = async (env?: NodeJS.ProcessEnv): Promise<void> => {
  sample = new RunningSample(MAIN, 0, env)
  await sample.prints('Watch its changes')
  url = /http:\/\/localhost:\d+\/counter/.exec(sample.output)?.[0] ?? ''
}

beforeEach(async () => {
  await start()
})

afterEach(async () => {
  sample.kill('SIGKILL')
  await sample.ended()
})

const read = async (path = ''): Promise<unknown> => (await fetch(url + path)).json()
const post = (path: string): Promise<Response> => fetch(url + path, { method: 'POST' })

test('each curl line that it prints gives what it promises, in that order', async () => {
  const lines = curlLines(sample.output)
  expect(lines).toHaveLength(14)
  for (const line of lines.filter(({ url }) => !url.endsWith('/changes'))) {
    const body = await run(line)
    if (line.promised !== undefined) expect(`${line.url} ${body}`).toBe(`${line.url} ${line.promised}`)
  }
})

test('it answers as REST clients expect', async () => {
  expect((await post('/increment?by=4')).status).toBe(200)
  expect((await post('/cast?by=5')).status).toBe(202)
  expect((await post('/send')).status).toBe(202)
  expect(await read()).toEqual({ value: 10 })
  expect((await post('/increment?by=much')).status).toBe(400)
  expect((await post('/take?by=11')).status).toBe(409)
  expect((await post('/take?by=3')).status).toBe(200)
  expect((await post('/preset/moon')).status).toBe(404)
  expect(await (await post('/preset/ten')).json()).toEqual({ value: 10 })
  expect(await read('/status')).toEqual({ value: 10, worker: 1, restarts: 0 })
})

test('a crash half-way through a change costs nothing', async () => {
  await post('/increment?by=7')
  const crash = await post('/crash')
  expect(crash.status).toBe(500)
  expect(await crash.json()).toMatchObject({ message: expect.stringContaining('out of luck') })
  expect(await read('/status')).toEqual({ value: 7, worker: 2, restarts: 1 })
  expect(sample.output).not.toContain('→ -1')
  expect(sample.output.split('at Counter.crash')).toHaveLength(2) // one stack, that of the crash
  expect(sample.output).not.toContain('ExceptionsHandler')
})

test('a hundred crashes in a row, with changes between them, cost nothing either', async () => {
  for (let crashes = 1; crashes <= 100; crashes += 1) {
    expect((await post('/crash')).status).toBe(500)
    expect(await (await post('/increment')).json()).toEqual({ value: crashes })
  }
  expect(await read('/status')).toEqual({ value: 100, worker: 101, restarts: 100 })
})

test('a hundred crashes at once cost nothing', async () => {
  await post('/increment?by=3')
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => post(i % 2 === 0 ? '/crash' : '/increment')),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(50)
  expect(await read('/status')).toEqual({ value: 53, worker: 51, restarts: 50 })
})

test('after too many crashes it is down and says so, until it is started again', async () => {
  await post('/increment?by=3')
  let last: Response
  do {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('/crash')))
    await Promise.all(answers.slice(1).map(answer => answer.text()))
    last = answers[0] as Response
  } while (last.status === 500)
  expect(last.status).toBe(503)
  expect(await last.json()).toMatchObject({ message: expect.stringContaining("'Counter' is down") })
  expect((await fetch(url)).status).toBe(503)
  expect(await (await post('/start')).json()).toEqual({ value: 3 })
  expect(await (await post('/increment')).json()).toEqual({ value: 4 })
})

test('a call that waits too long answers 504', async () => {
  const slow = post('/slowly?ms=90000').catch(() => undefined) // ends with the sample
  await sample.prints('slowly: 60000 ms')
  expect((await post('/slowly?ms=-1')).status).toBe(504)
  sample.kill('SIGKILL')
  await slow
})

test('Server-Sent Events tell each committed change, also across a crash, and nothing else', async () => {
  const changes = await ServerSentEvents.of(`${url}/changes`)
  await post('/increment')
  await post('/crash')
  await post('/take?by=100')
  await post('/cast?by=5')
  await post('/send')
  expect([await changes.next(), await changes.next(), await changes.next()]).toEqual([
    { value: 1 },
    { value: 6 },
    { value: 7 },
  ])
})

test('its listener logs each committed change, and on the level debug each end of a worker', async () => {
  await post('/crash')
  await post('/increment')
  await sample.prints("0 → 1 by call 'increment', worker 2")
  expect(sample.output).not.toContain('worker 1 ended')
  sample.kill('SIGKILL')
  await sample.ended()
  await start({ LOG_LEVEL: 'debug' })
  await post('/increment?by=2')
  await post('/crash')
  await post('/cast?by=3')
  await sample.prints("2 → 5 by cast 'add', worker 2")
  expect(sample.output).toContain("0 → 2 by call 'increment', worker 1")
  expect(sample.output).toContain('worker 1 ended (out of luck) with 2')
})

describe('told to end', () => {
  test('it ends at once, with code 0', async () => {
    await read()
    sample.kill('SIGTERM')
    expect(await sample.ended()).toEqual({ code: 0, signal: null })
  })

  test('it serves what it had accepted first, and answers it', async () => {
    const slow = post('/slowly?ms=300')
    await sample.prints('slowly: 300 ms')
    expect((await post('/cast?by=10')).status).toBe(202) // accepted: it waits behind
    sample.kill('SIGTERM')
    expect(await (await slow).json()).toEqual({ value: 1 })
    expect(await sample.ended()).toEqual({ code: 0, signal: null })
    expect(sample.output).toContain("1 → 11 by cast 'add', worker 1")
  })

  test('it ends those who watch its changes', async () => {
    const changes = await ServerSentEvents.of(`${url}/changes`)
    await post('/increment')
    expect(await changes.next()).toEqual({ value: 1 })
    sample.kill('SIGINT')
    await changes.end()
    expect(await sample.ended()).toEqual({ code: 0, signal: null })
  })
})

test('a port that is taken gets a plain message', async () => {
  const { port } = new URL(url)
  const second = new RunningSample(MAIN, Number(port))
  expect(await second.ended()).toEqual({ code: 1, signal: null })
  expect(second.output).toContain(`Port ${port} is taken. Choose another: PORT=${Number(port) + 1} npm start`)
})

test('the last port being taken names one that is there', async () => {
  const holder = createServer()
  await new Promise<void>(held => {
    holder.once('error', held).listen(65_535, held) // an error: somebody else holds it
  })
  const second = new RunningSample(MAIN, 65_535)
  expect(await second.ended()).toEqual({ code: 1, signal: null })
  expect(second.output).toContain('Choose another: PORT=65534 npm start')
  await new Promise(closed => holder.close(closed))
})

test.each(['abc', '80000', '-1', '1.5', ''])('PORT=%j gets a plain message', async port => {
  const second = new RunningSample(MAIN, port)
  expect(await second.ended()).toEqual({ code: 1, signal: null })
  expect(second.output).toContain(`PORT is '${port}': it must be a number from 0`)
})
