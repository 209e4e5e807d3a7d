import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

test('crashes in a row leave nothing behind: no life holds on to those before it', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--expose-gc',
      '--input-type=module',
      '--eval',
      `
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
      `,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  )
  expect(Number(stdout)).toBeLessThan(1_000) // bytes a crash; a chain of lives is more than four thousand
})
