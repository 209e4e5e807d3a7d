import { beforeEach, describe, expect, test } from '@jest/globals'
import { type ChildSpec, Engine, Supervisor, type SupervisorOptions } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Troupe } from '../support/troupe.js'

const clock = simulatedClock()
const error = new Error('it broke')
let troupe: Troupe

beforeEach(() => {
  troupe = new Troupe()
})

const make = (children: ChildSpec[], more: Partial<SupervisorOptions> = {}): Supervisor =>
  new Supervisor({ name: 'top', clock, children, ...more })

describe('a supervisor', () => {
  test('starts its children in order, each when the one before runs, and stops them in reverse', async () => {
    let open = (): void => undefined
    troupe.whenStarted.set('a', () => new Promise(resolve => (open = resolve)))
    const supervisor = make(troupe.specs('a', 'b', 'c'))
    const started = supervisor.start()
    await clock.advance(0)
    expect(troupe.news()).toEqual(['start a'])
    open()
    await started
    expect(troupe.news()).toEqual(['start b', 'start c'])
    await supervisor.stop()
    expect(troupe.news()).toEqual(['c', 'b', 'a'].map(id => `stop ${id} (shutdown, 5000)`))
  })

  test('whose third child cannot start stops those already started in reverse, and rejects with the cause', async () => {
    troupe.broken.add('c')
    await expect(make(troupe.specs('a', 'b', 'c', 'd')).start()).rejects.toThrow('c is broken')
    expect(troupe.news()).toEqual([
      ...['start a', 'start b', 'start c'],
      ...['stop b (shutdown, 5000)', 'stop a (shutdown, 5000)'],
    ])
  })

  test('stops each child when the one after it has ended', async () => {
    let open = (): void => undefined
    troupe.whenStopped.set('b', () => new Promise(resolve => (open = resolve)))
    const supervisor = make(troupe.specs('a', 'b'))
    await supervisor.start()
    troupe.news()
    const stopped = supervisor.stop()
    await clock.advance(0)
    expect(troupe.news()).toEqual(['stop b (shutdown, 5000)'])
    open()
    await stopped
    expect(troupe.news()).toEqual(['stop a (shutdown, 5000)'])
  })

  test('refuses two children of one id, also at run time', async () => {
    const duplicate = expect.objectContaining({
      code: 'PEEPER_DUPLICATE_CHILD',
      message: expect.stringContaining("'a'"),
    })
    expect(() => make(troupe.specs('a', 'b', 'a'))).toThrow(duplicate)
    const supervisor = make(troupe.specs('a'))
    await supervisor.start()
    await expect(supervisor.startChild(troupe.spec('a'))).rejects.toEqual(duplicate)
    expect(troupe.alive).toEqual(['a'])
  })

  test('that is stopped once is stopped: a second stop does nothing, children are not told twice', async () => {
    const supervisor = make(troupe.specs('a'))
    await supervisor.start()
    await Promise.all([supervisor.stop(), supervisor.stop()])
    await supervisor.stop()
    expect(troupe.log.filter(line => line.startsWith('stop'))).toHaveLength(1)
  })
})

describe('children at run time', () => {
  test('startChild adds one after the others; one that cannot start is not added', async () => {
    const supervisor = make(troupe.specs('a'))
    await supervisor.start()
    await supervisor.startChild(troupe.spec('b', { type: 'supervisor' }))
    troupe.broken.add('c')
    await expect(supervisor.startChild(troupe.spec('c'))).rejects.toThrow('c is broken')
    expect(supervisor.whichChildren()).toMatchObject([
      { id: 'a', type: 'worker', status: 'running' },
      { id: 'b', type: 'supervisor', status: 'running' },
    ])
    expect(supervisor.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 1, workers: 1 })
    troupe.end('b', error)
    await clock.advance(0)
    expect(troupe.alive).toEqual(['a', 'b'])
  })

  test('startChild on a supervisor that does not run is refused', async () => {
    const supervisor = make([])
    const refused = { code: 'PEEPER_NO_SUCH_SERVER', message: expect.stringContaining("'top'") }
    await expect(supervisor.startChild(troupe.spec('a'))).rejects.toMatchObject(refused)
    await supervisor.start()
    await supervisor.stop()
    await expect(supervisor.startChild(troupe.spec('a'))).rejects.toMatchObject(refused)
    expect(troupe.log).toEqual([])
  })

  test('terminateChild ends one and keeps its specification; restartChild starts it again', async () => {
    const supervisor = make(troupe.specs('a', 'b'))
    await supervisor.start()
    await supervisor.terminateChild('a')
    expect(troupe.alive).toEqual(['b'])
    expect(supervisor.whichChildren()[0]).toEqual({
      id: 'a',
      type: 'worker',
      status: 'stopped',
      child: undefined,
    })
    expect(supervisor.countChildren()).toMatchObject({ specs: 2, active: 1 })
    await supervisor.restartChild('a')
    expect(troupe.alive).toEqual(['a', 'b'])
    expect(supervisor.whichChildren()[0]).toMatchObject({ id: 'a', status: 'running' })
    expect(supervisor.restartsLeft).toBe(1_000)
  })

  test('terminateChild forgets a temporary one', async () => {
    const supervisor = make([troupe.spec('a', { restart: 'temporary' })])
    await supervisor.start()
    await supervisor.terminateChild('a')
    expect(supervisor.whichChildren()).toEqual([])
  })

  test('restartChild of one that runs does nothing; of one that cannot start it rejects and keeps it stopped', async () => {
    const supervisor = make(troupe.specs('a'))
    await supervisor.start()
    await supervisor.restartChild('a')
    expect(troupe.news()).toEqual(['start a'])
    await supervisor.terminateChild('a')
    troupe.broken.add('a')
    await expect(supervisor.restartChild('a')).rejects.toThrow('a is broken')
    expect(supervisor.whichChildren()).toMatchObject([{ id: 'a', status: 'stopped' }])
  })

  test('restartChild starts a transient one that ended by itself', async () => {
    const supervisor = make([troupe.spec('a', { restart: 'transient' })])
    await supervisor.start()
    troupe.end('a', 'normal')
    await clock.advance(0)
    expect(supervisor.countChildren()).toMatchObject({ specs: 1, active: 0 })
    await supervisor.restartChild('a')
    expect(troupe.alive).toEqual(['a'])
  })

  test('deleteChild forgets one that is stopped, and refuses one that runs', async () => {
    const supervisor = make(troupe.specs('a'))
    await supervisor.start()
    expect(() => supervisor.deleteChild('a')).toThrow(expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }))
    await supervisor.terminateChild('a')
    supervisor.deleteChild('a')
    expect(supervisor.countChildren()).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 })
    await expect(supervisor.restartChild('a')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_SERVER' })
  })

  test('a child that nobody knows is named in the error', async () => {
    const supervisor = make([])
    await supervisor.start()
    for (const ask of [() => supervisor.terminateChild('x'), async () => supervisor.deleteChild('x')])
      await expect(ask()).rejects.toMatchObject({
        code: 'PEEPER_NO_SUCH_SERVER',
        message: expect.stringMatching(/top.*x/),
      })
  })

  test('of a server are its keeper and its worker', async () => {
    const engine = new Engine({ clock })
    const server = await engine.start({ name: 'one', callbacks: {} })
    expect(server.whichChildren().map(({ id, type, status }) => [id, type, status])).toEqual([
      ['keeper', 'worker', 'running'],
      ['worker', 'worker', 'running'],
    ])
    expect(server.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 })
    expect(engine.whichChildren()).toMatchObject([{ id: 'one', type: 'supervisor', status: 'running' }])
    expect(engine.countChildren()).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 })
    await engine.close()
  })
})
