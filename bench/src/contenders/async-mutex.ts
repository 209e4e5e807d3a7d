import type { Contender } from './contender.js'

export const asyncMutex: Contender = {
  name: 'async-mutex',
  package: 'async-mutex',
  lacks: ['rollback', 'supervision', 'bounded mailbox', 'timeout', 'copies of payloads'],
  open: async ({ first, next, reply }) => {
    const { Mutex } = await import('async-mutex')
    return () => {
      let state = first
      const lock = new Mutex()
      const call = (): Promise<number> =>
        lock.runExclusive(() => {
          state = next(state)
          return reply(state)
        })
      return { call, cast: call }
    }
  },
}
