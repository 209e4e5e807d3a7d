import type { Contender } from './contender.js'

export const fastq: Contender = {
  name: 'fastq',
  package: 'fastq',
  lacks: ['rollback', 'supervision', 'bounded mailbox', 'timeout', 'copies of payloads'],
  open: async ({ first, next, reply }) => {
    const { promise: queueOf } = await import('fastq')
    return () => {
      let state = first
      const queue = queueOf<unknown, undefined, number>(async () => {
        state = next(state)
        return reply(state)
      }, 1)
      const call = (): Promise<number> => queue.push(undefined)
      return { call, cast: call }
    }
  },
}
