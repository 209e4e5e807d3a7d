import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

/** What a script prints that can collect garbage. */
const run = (script: string): string => {
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return stdout.trim()
}

test('crashes in a row leave nothing behind: no life holds on to those before it', () => {
  const bytes = run(`
    import { Engine } from 'nestjs-peeper/engine'
    const engine = new Engine({ maxRestarts: Infinity })
    const boom = () => { throw new Error('boom') }
    const server = await engine.start({ name: 'target', state: 0, callbacks: { call: { boom } } })
    const crash = async times => { for (let i = 0; i < times; i += 1) await server.call('boom').catch(() => undefined) }
    const heap = async () => { await new Promise(setImmediate); gc(); gc(); return process.memoryUsage().heapUsed }
    await crash(2_000)
    const before = await heap()
    await crash(4_000)
    console.log((await heap() - before) / 4_000)
    await engine.close()
  `)
  expect(Number(bytes)).toBeLessThan(1_000) // bytes a crash; a chain of lives is more than four thousand
})

test.each(['call', 'wait', 'refuse', 'tell'])(
  'an idle server holds no payload of what it was asked last: %s',
  message => {
    const held = run(`
      import { Engine, refuse } from 'nestjs-peeper/engine'
      const engine = new Engine()
      let payloads = []
      const see = payload => { payloads.push(new WeakRef(payload)) }
      const call = (_, payload) => see(payload)
      const wait = async (_, payload) => { see(payload); await new Promise(setImmediate) }
      const deny = (_, payload) => { see(payload); return refuse(new Error('no')) }
      const server = await engine.start({
        name: 'target',
        callbacks: { call: { call, wait, refuse: deny }, cast: { tell: call } },
      })
      if ('${message}' === 'tell') server.cast('tell', { large: 1 })
      else await server.call('${message}', { large: 1 }).catch(() => undefined)
      await server.drained()
      for (let i = 0; i < 3; i += 1) { await new Promise(setImmediate); gc() }
      console.log(payloads.map(each => each.deref() !== undefined).join())
      await engine.close()
    `)
    expect(held).toBe('false')
  },
)
