import { describe, expect, test } from '@jest/globals'
import { runScript } from '../support/child-process.js'

const frameworks = ['@nestjs/common', '@nestjs/core', 'reflect-metadata']

/** Runs a script in a process where no framework can be imported. */
const run = async (script: string): Promise<{ lines: string[]; code: number | null }> => {
  const hooks = `
    export const resolve = (name, context, next) => {
      if (/^(@nestjs\\/|reflect-metadata)/.test(name)) throw new Error('not installed: ' + name)
      return next(name, context)
    }`
  const { lines, code } = await runScript(`
    import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}))
    ${script}
  `)
  return { lines, code }
}

describe('where no framework is installed', () => {
  test.each([...frameworks, 'nestjs-peeper'])('%s cannot be imported', async name => {
    const { lines } = await run(`await import('${name}').catch(error => console.log(error.message))`)
    expect(lines).toEqual([expect.stringMatching(/^not installed: (@nestjs\/|reflect-metadata)/)])
  })

  test('the engine runs servers that survive a crash, with its testing door', async () => {
    const script = `
      const { Engine, noreply } = await import('nestjs-peeper/engine')
      const { crashInjector, drained, simulatedClock } = await import('nestjs-peeper/testing')
      const crashes = crashInjector()
      const engine = new Engine({ clock: simulatedClock(), injectCrash: crashes.inject })
      const counter = await engine.start({
        name: 'counter',
        state: 0,
        callbacks: { call: { read: n => n }, cast: { inc: n => noreply({ state: n + 1 }) } },
      })
      counter.cast('inc')
      crashes.next('counter', 'before-handling', 'read')
      console.log(await counter.call('read').catch(error => error.code))
      await drained(counter)
      console.log(await counter.call('read'), counter.status().worker)
      await engine.close()
      console.log(typeof Reflect.getMetadata)
    `
    expect(await run(script)).toEqual({ lines: ['PEEPER_SERVER_EXITED', '1 2', 'undefined'], code: 0 })
  })
})
