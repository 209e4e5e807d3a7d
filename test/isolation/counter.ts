import { afterAll, beforeAll } from '@jest/globals'
import { Engine, type IsolationLevel, type Server } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

/** A counter at this level, for all tests of a suite: it may crash as often as they like. */
export const counterAt = (level: IsolationLevel): { engine: Engine; server: Server } => {
  const at = {} as { engine: Engine; server: Server }
  beforeAll(async () => {
    at.engine = new Engine({
      isolation: { entry: new URL('./hosted.js', import.meta.url), threads: 1, spares: 0 },
      init: { timeout: 60_000 },
    })
    const state = { n: 0, seen: new Map() }
    const options = { isolation: level, state, callbacks, maxRestarts: 10_000 }
    at.server = await at.engine.start({ name: 'counter', ...options })
  }, 60_000)
  afterAll(() => at.engine.close(0))
  return at
}
