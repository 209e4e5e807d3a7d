import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

/** Bytes a key that this leaves behind, printed by a script that can collect garbage. */
const bytesOf = (touch: string): number => {
  const script = `
    import { Engine, noreply } from 'nestjs-peeper/engine'
    const KEYS = 20_000
    const engine = new Engine()
    const callbacks = { call: { read: n => n, boom: () => { throw new Error('boom') } }, cast: { change: n => noreply({ state: n + 1 }) } }
    const lots = engine.family({ name: 'lot', state: 0, callbacks, maxResident: 100, maxRestarts: 0 })
    const touch = async key => { ${touch} }
    const heap = async () => { await new Promise(setImmediate); gc(); await new Promise(setImmediate); gc(); return process.memoryUsage().heapUsed }
    for (let i = 0; i < 1_000; i += 1) await touch('warm ' + i)
    const before = await heap()
    for (let i = 0; i < KEYS; i += 1) await touch('key ' + i)
    console.log((await heap() - before) / KEYS, lots.resident().length <= 100)
    await engine.close()
  `
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', script],
    { encoding: 'utf8', timeout: 60_000 },
  )
  const [bytes, fits] = stdout.trim().split(' ')
  expect({ fits, stderr }).toEqual({ fits: 'true', stderr: '' })
  return Number(bytes)
}

test.each([
  ['read', `await lots.for(key).call('read')`],
  ['asked for its status', `lots.for(key).status()`],
  [
    'watched for a while',
    `const s = lots.for(key).changes$.subscribe(); await lots.for(key).call('read'); s.unsubscribe()`,
  ],
  ['stopped', `await lots.for(key).call('read'); await lots.stop(key)`],
  ['forgotten', `lots.for(key).cast('change'); await lots.forget(key)`],
  ['crashed and down', `await lots.for(key).call('boom').catch(() => undefined)`],
  ['refused', `await lots.for(key).call('nope').catch(() => undefined)`],
])('a key that was %s once leaves nothing behind', (_, touch) => {
  expect(bytesOf(touch)).toBeLessThan(100) // a key that stays in memory is more than two thousand
})

test('a key that was changed once leaves its kept state, and little more', () => {
  expect(bytesOf(`lots.for(key).cast('change'); await lots.for(key).drained()`)).toBeLessThan(400)
})
