import { describe, expect, test } from '@jest/globals'
import { NoSuchMessageError, NoSuchServerError, type UnknownMessage } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { target } from '../support/target.js'

const unspeakable = {
  toString: () => {
    throw new Error('no name')
  },
}

const names: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['NaN', NaN],
  ['a symbol', Symbol('inc')],
  ['an object', { inc: true }],
  ['an object without a prototype', Object.create(null)],
  ['an object that throws when it is printed', unspeakable],
  ['an array of the name', ['inc']],
  ['a function', () => 'inc'],
  ['constructor', 'constructor'],
  ['__proto__', '__proto__'],
  ['toString', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['the catch-all’s own name', '*'],
  ['an empty string', ''],
]

describe.each(names)('a message called %s', (_, given) => {
  const name = given as string

  test('is its sender’s error where nobody handles it', async () => {
    const { server, letters, isUnharmed } = await target()
    await expect(server.call(name, 1)).rejects.toThrow(NoSuchMessageError)
    server.cast(name, 1)
    expect(server.send(name, 1)).toBe(name)
    await drained(server)
    expect(letters.map(({ reason }) => (reason as NoSuchMessageError).code)).toEqual([
      'PEEPER_NO_SUCH_MESSAGE',
      'PEEPER_NO_SUCH_MESSAGE',
    ])
    expect(await isUnharmed()).toBe(true)
  })

  test('reaches a catch-all as an unknown message, if it is a name at all', async () => {
    const seen: UnknownMessage[] = []
    const other = (_state: unknown, message: UnknownMessage): void => void seen.push(message)
    const { server, isUnharmed } = await target({
      call: { '*': other },
      cast: { '*': other },
      info: { '*': other },
    })
    const asked = server.call(name, 1)
    server.cast(name, 2)
    server.send(name, 3)
    if (typeof given === 'string') {
      await asked
      await drained(server)
      expect(seen).toEqual([1, 2, 3].map(payload => ({ name, payload })))
    } else {
      await expect(asked).rejects.toThrow(NoSuchMessageError)
      expect(seen).toEqual([])
    }
    expect(await isUnharmed()).toBe(true)
  })

  test('can be handled by a handler of that very name', async () => {
    if (typeof given !== 'string' || given === '*') return
    const handlers = Object.fromEntries([[name, (_state: unknown, payload: number) => payload + 1]])
    const { server } = await target({ call: handlers })
    expect(await server.call(name, 1)).toBe(2)
  })

  test('names no server', async () => {
    const { engine, letters } = await target()
    await expect(engine.call(name, 'inc')).rejects.toThrow(NoSuchServerError)
    engine.cast(name, 'inc')
    engine.send(name, 'inc')
    expect(letters.map(({ reason }) => (reason as NoSuchServerError).code)).toEqual([
      'PEEPER_NO_SUCH_SERVER',
      'PEEPER_NO_SUCH_SERVER',
    ])
  })
})

test('2 000 refused or unknown requests restart nothing', async () => {
  const { server, events, isUnharmed } = await target(
    { call: { no: () => Promise.reject(new TypeError('no')) } },
    { refuses: [TypeError] },
  )
  const asked = Array.from({ length: 2_000 }, (_, index) => server.call(index % 2 === 0 ? 'no' : 'unknown'))
  const settled = await Promise.allSettled(asked)
  expect(settled.every(({ status }) => status === 'rejected')).toBe(true)
  expect(await isUnharmed()).toBe(true)
  expect(events.map(({ type }) => type)).toEqual(['started'])
})
