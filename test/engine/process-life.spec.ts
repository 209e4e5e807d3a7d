import { describe, expect, test } from '@jest/globals'
import { runScript } from '../support/child-process.js'

/** Runs a script that has a server: it answers `read`, never `hang`. Each line says what happened, in order. */
const run = async (script: string): Promise<{ lines: string[]; code: number | null; stderr: string }> =>
  runScript(`
    import { Engine, noreply } from 'nestjs-peeper/engine'
    process.on('exit', () => console.log('exit'))
    const say = text => () => console.log(text)
    const engine = new Engine()
    const server = await engine.start({
      name: 'one',
      state: 1,
      callbacks: {
        call: {
          read: n => n,
          hang: () => new Promise(() => {}),
          idle: n => noreply({ timeout: 3_000_000 }),
        },
        cast: { idle: n => noreply({ timeout: 3_000_000 }) },
        info: { timeout: () => undefined },
      },
    })
    const timedOut = error => console.log(error.code)
    ${script}
  `)

const clean = { code: 0, stderr: '' }
// Far longer than a test may take: a process that waits for it is ended from outside.
const LONG = 3_000_000

describe('a process', () => {
  test('ends when nothing is left but a server', async () => {
    expect(await run(`say('started')()`)).toEqual({ ...clean, lines: ['started', 'exit'] })
  })

  test('ends when its last call is answered, however long that call might have waited', async () => {
    const script = `server.call('read', undefined, { timeout: ${LONG} }).then(say('answered'))`
    expect(await run(script)).toEqual({ ...clean, lines: ['answered', 'exit'] })
  })

  test('ends when its last call is answered, though each had a timeout of its own', async () => {
    const script = `
      const timeouts = Array.from({ length: 100 }, (_, n) => ${LONG} + n)
      Promise.all(timeouts.map(timeout => server.call('read', undefined, { timeout }))).then(say('answered'))
    `
    expect(await run(script)).toEqual({ ...clean, lines: ['answered', 'exit'] })
  })

  test('stays while a call waits, until it times out', async () => {
    const script = `server.call('hang', undefined, { timeout: 50 }).catch(timedOut)`
    expect(await run(script)).toEqual({ ...clean, lines: ['PEEPER_CALL_TIMEOUT', 'exit'] })
  })

  test('stays for a call that waits, after others of the same timeout were answered', async () => {
    const script = `
      await server.call('read', undefined, { timeout: 50 })
      console.log('answered')
      setImmediate(() => server.call('hang', undefined, { timeout: 50 }).catch(timedOut))
    `
    expect(await run(script)).toEqual({ ...clean, lines: ['answered', 'PEEPER_CALL_TIMEOUT', 'exit'] })
  })

  test('does not stay for an idle timeout', async () => {
    const script = `
      server.cast('idle')
      await server.drained()
      console.log('idle')
    `
    expect(await run(script)).toEqual({ ...clean, lines: ['idle', 'exit'] })
  })

  test('ends after close', async () => {
    const script = `
      await server.call('read')
      await engine.close()
      console.log('closed')
    `
    expect(await run(script)).toEqual({ ...clean, lines: ['closed', 'exit'] })
  })
})
