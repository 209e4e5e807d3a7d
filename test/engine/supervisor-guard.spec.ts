import { beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, Supervisor, type SupervisorOptions } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Troupe } from '../support/troupe.js'

const clock = simulatedClock()
const crash = new Error('it broke')
const hostile = new Error('the listener broke')
let troupe: Troupe
let told: unknown[]

beforeEach(() => {
  troupe = new Troupe()
  told = []
})

const make = (more: Partial<SupervisorOptions> = {}): Supervisor =>
  new Supervisor({ name: 'top', clock, children: troupe.specs('a', 'b'), ...more })

const crashOf = async (child: string): Promise<void> => {
  troupe.end(child, crash)
  await clock.advance(0)
}

const thrower = (): never => {
  throw hostile
}
const rejecter = (): unknown => Promise.reject(hostile)

describe.each<[string, () => unknown]>([
  ['throws', thrower],
  ['rejects', rejecter],
])('one who hears of an exit and %s', (_, onChildExit) => {
  test('is reported, and harms no supervision', async () => {
    await make({ onChildExit, onError: error => told.push(error) }).start()
    await crashOf('a')
    await crashOf('b')
    await crashOf('a')
    expect(troupe.alive).toEqual(['a', 'b'])
    expect(told).toEqual([hostile, hostile, hostile])
  })

  test('harms no supervision when nobody hears of errors, or who does fails too', async () => {
    for (const onError of [undefined, onChildExit]) {
      troupe = new Troupe()
      await make({ onChildExit, onError }).start()
      await crashOf('a')
      await crashOf('a')
      expect(troupe.alive).toEqual(['a', 'b'])
    }
  })

  test('harms no end of the supervisor, nor does its parent', async () => {
    const supervisor = make({ maxRestarts: 0, onChildExit, onError: error => told.push(error) })
    await supervisor.start(onChildExit)
    await crashOf('a')
    expect(troupe.alive).toEqual([])
    expect(told).toEqual([hostile, hostile])
    await supervisor.start()
    expect(troupe.alive).toEqual(['a', 'b'])
  })

  test('harms no stop of a child whose end fails', async () => {
    troupe.whenStopped.set('b', () => Promise.reject(crash))
    const supervisor = make({ onChildExit, onError: error => told.push(error) })
    await supervisor.start()
    await supervisor.stop()
    expect([troupe.alive, told]).toEqual([[], [hostile]])
  })
})

describe('a supervisor that is started once more', () => {
  const already = expect.objectContaining({
    code: 'PEEPER_ALREADY_STARTED',
    message: expect.stringContaining("'top'"),
  })

  test('while it starts, runs or stops refuses, and starts no child twice', async () => {
    const supervisor = make()
    const started = supervisor.start()
    await expect(supervisor.start()).rejects.toEqual(already)
    await started
    await expect(supervisor.start()).rejects.toEqual(already)
    expect(troupe.news()).toEqual(['start a', 'start b'])
    const stopped = supervisor.stop()
    await expect(supervisor.start()).rejects.toEqual(already)
    await stopped
    expect(troupe.alive).toEqual([])
    await supervisor.start()
    expect(troupe.alive).toEqual(['a', 'b'])
  })

  test('may be the root of an engine while it runs', async () => {
    const supervisor = make()
    await supervisor.start()
    const engine = new Engine({ clock, supervisor })
    const server = await engine.start({ name: 'one', callbacks: { call: { read: () => 1 } } })
    expect(await server.call('read')).toBe(1)
    expect(troupe.news()).toEqual(['start a', 'start b'])
    await engine.close()
  })
})
