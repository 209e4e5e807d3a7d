import { expect, test } from '@jest/globals'
import { Engine, type Context, type ServerOptions } from 'nestjs-peeper/engine'
import { loopback } from 'nestjs-peeper/testing'
import { turns } from '../support/latch.js'

/** How long the process takes for this many awaits, in ms: the best of some. */
const awaits = async (): Promise<number> => {
  let best = Infinity
  for (let sample = 0; sample < 5; sample += 1) {
    const before = performance.now()
    for (let i = 0; i < 2_000; i += 1) await Promise.resolve()
    best = Math.min(best, performance.now() - before)
  }
  return best
}

/** Is asked something, and once more by itself while it closes. */
const openAndClose = async (options: Pick<ServerOptions, 'isolation' | 'reaches'>): Promise<void> => {
  const engine = new Engine({ isolation: { site: loopback } })
  const ask = async (_: unknown, again: boolean, { self }: Context): Promise<void> => {
    await turns()
    if (again) self.cast('ask')
  }
  const server = await engine.start({
    name: 'asker',
    ...options,
    callbacks: { call: { ask }, cast: { ask } },
  })
  await Promise.all([server.call('ask', true), engine.close()])
}

// Each test of an application opens an engine, and so do those of this library.
test.each([{ isolation: 'inline' }, { reaches: true }, { isolation: 'thread' }] as const)(
  'engines that were closed do not slow the process (%o)',
  async options => {
    await openAndClose(options) // from here on async hooks are on
    const before = await awaits()
    for (let engines = 0; engines < 500; engines += 1) await openAndClose(options)
    expect((await awaits()) / before).toBeLessThan(5)
  },
)
