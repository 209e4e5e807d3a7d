import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { curlLines, run, type CurlLine } from './curl-lines.js'
import { RunningSample } from './running-sample.js'
import { ServerSentEvents } from './server-sent-events.js'

const MAIN = 'sample/02-rooms/dist/main.js'

let sample: RunningSample
let url: string

const start = async (env: NodeJS.ProcessEnv): Promise<void> => {
  sample = new RunningSample(MAIN, 0, env)
  await sample.prints('Watch a room')
  url = /http:\/\/localhost:\d+/.exec(sample.output)?.[0] ?? ''
}

beforeEach(async () => {
  await start({ ROOM_IDLE: '100' })
})

afterEach(async () => {
  sample.kill('SIGKILL')
  await sample.ended()
})

const read = async (path: string): Promise<unknown> => (await fetch(url + path)).json()
const post = (path: string, form: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, { method: 'POST', body: new URLSearchParams(form) })
const remove = (path: string): Promise<Response> => fetch(url + path, { method: 'DELETE' })

/** Says it in a room; its answer. */
const say = async (room: string, text: string, from = 'ann'): Promise<unknown> =>
  (await post(`/rooms/${room}/messages`, { from, text })).json()

/** Resolves once no room is in memory, and the log has said so. To ask which are wakes none. */
const passivated = async (room: string): Promise<void> => {
  let resident: string[]
  do ({ resident } = (await read('/rooms')) as { resident: string[] })
  while (resident.length > 0)
  await sample.prints(`room/${room} is passivated`)
}

const keepPromise = async (line: CurlLine): Promise<void> => {
  if (line.promised === '{"rooms":["lobby"],"resident":[]}') await passivated('lobby')
  const body = await run(line)
  if (line.promised !== undefined) expect(`${line.url} ${body}`).toBe(`${line.url} ${line.promised}`)
}

/** Those of the lines that were said after those before them. There may be others between: how fast the test is does not matter. */
const inThatOrder = (lines: readonly string[], said: readonly string[]): string[] => {
  let at = -1
  return lines.filter(line => {
    const found = said.indexOf(line, at + 1)
    if (found >= 0) at = found
    return found >= 0
  })
}

test('each curl line that it prints gives what it promises, in that order', async () => {
  const lines = curlLines(sample.output)
  expect(lines).toHaveLength(13)
  for (const line of lines.filter(each => !each.url.endsWith('/changes'))) await keepPromise(line)
})

test('each curl line of its README gives what it promises, in that order, and its log is the one shown there', async () => {
  const readme = readFileSync('sample/02-rooms/README.md', 'utf8')
  const lines = curlLines(readme.replaceAll('http://localhost:3002', url))
  expect(lines).toHaveLength(3)
  for (const line of lines) await keepPromise(line)
  const log = readme.match(/^\[House\].*/gm) ?? []
  expect(log).toHaveLength(5)
  await passivated('lobby')
  const from = sample.output.indexOf('is passivated')
  await say('lobby', 'again')
  await sample.prints('room/lobby is in memory', from)
  const said = sample.output.match(/\[House\].*/g) ?? []
  expect(inThatOrder(log, said)).toEqual(log)
})

test('its README tells of every route', () => {
  const routes = [...sample.output.matchAll(/Mapped \{(\S+), (\w+)\}/g)].map(
    ([, path = '', method = '']) => `${method} ${path}`,
  )
  const told = [...readFileSync('sample/02-rooms/README.md', 'utf8').matchAll(/^\| `(\w+ [^?`]+)/gm)].map(
    ([, route = '']) => route,
  )
  expect(told.sort()).toEqual(routes.sort())
})

test('it answers as REST clients expect', async () => {
  expect((await post('/rooms/lobby/members', { name: 'ann' })).status).toBe(200)
  expect((await post('/rooms/lobby/messages', { from: 'ann', text: 'hello' })).status).toBe(201)
  expect((await post('/rooms/lobby/messages', { from: 'bob', text: 'hello' })).status).toBe(403)
  expect((await post('/rooms/lobby/messages', { from: 'ann', text: ' ' })).status).toBe(400)
  expect((await post('/rooms/lobby/messages', { from: 'ann' })).status).toBe(400)
  expect((await fetch(`${url}/rooms/lobby/messages?after=last`)).status).toBe(400)
  expect((await post('/rooms/%00/members', { name: 'ann' })).status).toBe(400)
  expect((await post(`/rooms/${'x'.repeat(513)}/members`, { name: 'ann' })).status).toBe(400)
  expect(await (await remove('/rooms/lobby/members/ann')).json()).toEqual({ members: [] })
  expect((await remove('/rooms/lobby')).status).toBe(204)
})

test('messages are read page by page', async () => {
  await post('/rooms/lobby/members', { name: 'ann' })
  for (let id = 1; id <= 25; id += 1) await say('lobby', `no ${id}`)
  const ids = async (query: string): Promise<number[]> =>
    ((await read(`/rooms/lobby/messages${query}`)) as { id: number }[]).map(({ id }) => id)
  const from = (first: number, length: number): number[] => Array.from({ length }, (_, i) => first + i)
  expect(await ids('')).toEqual(from(1, 20))
  expect(await ids('?after=20')).toEqual(from(21, 5))
  expect(await ids('?after=9&limit=10')).toEqual(from(10, 10)) // numbers are in their order: 10 after 9
  expect(await ids('?after=25')).toEqual([])
  expect(await ids('?limit=-1')).toEqual([])
})

test('a room keeps its members and messages while it is out of memory, and is gone when it is forgotten', async () => {
  await post('/rooms/lobby/members', { name: 'ann' })
  await say('lobby', 'hello')
  await passivated('lobby')
  expect(await say('lobby', 'still here')).toEqual({ id: 2, from: 'ann', text: 'still here' })
  await remove('/rooms/lobby')
  expect(await read('/rooms')).toEqual({ rooms: [], resident: [] })
  expect(await read('/rooms/lobby/messages')).toEqual([])
  expect((await post('/rooms/lobby/messages', { from: 'ann', text: 'hello' })).status).toBe(403)
})

test('a room that was only read is not kept', async () => {
  expect(await read('/rooms/lobby/messages')).toEqual([])
  await passivated('lobby')
  expect(await read('/rooms')).toEqual({ rooms: [], resident: [] })
})

test('a crash in the middle of a write leaves nothing half-done, however often', async () => {
  await post('/rooms/lobby/members', { name: 'ann' })
  const changes = await ServerSentEvents.of(`${url}/rooms/lobby/changes`)
  for (let id = 1; id <= 20; id += 1) {
    expect((await post('/rooms/lobby/crash')).status).toBe(500)
    expect(await say('lobby', `no ${id}`)).toEqual({ id, from: 'ann', text: `no ${id}` })
    expect(await changes.next()).toEqual({
      members: ['ann'],
      last: { id, from: 'ann', text: `no ${id}` },
    })
  }
  expect(await read('/rooms/lobby/messages')).toHaveLength(20)
  expect(sample.output).not.toContain('ExceptionsHandler')
})

test('to watch a room neither wakes it nor keeps it in memory', async () => {
  const changes = await ServerSentEvents.of(`${url}/rooms/lobby/changes`)
  expect(await read('/rooms')).toEqual({ rooms: [], resident: [] })
  await post('/rooms/lobby/members', { name: 'ann' })
  await passivated('lobby')
  await post('/rooms/lobby/members', { name: 'bob' })
  expect([await changes.next(), await changes.next()]).toEqual([
    { members: ['ann'] },
    { members: ['ann', 'bob'] },
  ])
})

test('the moderator moves while rooms call it: no message is missing, refused or read twice', async () => {
  const rooms = Array.from({ length: 10 }, (_, i) => `room-${i}`)
  for (const room of rooms) await post(`/rooms/${room}/members`, { name: 'ann' })
  const talk = async (room: string): Promise<void> => {
    for (let id = 1; id <= 20; id += 1)
      expect(await say(room, 'heck')).toEqual({ id, from: 'ann', text: '****' })
  }
  const shifts = async (): Promise<void> => {
    for (let move = 1; move <= 20; move += 1) {
      const [day, night] = move % 2 === 1 ? [[], ['moderator']] : [['moderator'], []]
      expect(await (await post('/moderator/shift')).json()).toMatchObject({ day, night })
    }
  }
  await Promise.all([shifts(), ...rooms.map(talk)])
  expect(await read('/moderator')).toEqual({ day: ['moderator'], night: [], checked: 200 })
})

test('of two shifts at once one is made, or both, and who was too late is told', async () => {
  const [one, other] = await Promise.all([post('/moderator/shift'), post('/moderator/shift')])
  const moves = [one, other].filter(({ status }) => status === 200).length
  expect([one.status, other.status].every(status => status === 200 || status === 409)).toBe(true)
  expect(await read('/moderator')).toMatchObject(
    moves === 1 ? { day: [], night: ['moderator'] } : { day: ['moderator'], night: [] },
  )
})

test('told to end, it ends with code 0', async () => {
  await post('/rooms/lobby/members', { name: 'ann' })
  sample.kill('SIGTERM')
  expect(await sample.ended()).toEqual({ code: 0, signal: null })
})

test('a port that is taken gets a plain message', async () => {
  const { port } = new URL(url)
  const second = new RunningSample(MAIN, Number(port))
  expect(await second.ended()).toEqual({ code: 1, signal: null })
  expect(second.output).toContain(`Port ${port} is taken. Choose another: PORT=3999 npm run start:rooms`)
})
