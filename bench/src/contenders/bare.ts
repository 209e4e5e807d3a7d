import type { Contender } from './contender.js'

export const bare: Contender = {
  name: 'async method',
  lacks: ['serialised access', 'rollback', 'supervision', 'bounded mailbox', 'timeout', 'copies of payloads'],
  open:
    async ({ first, next, reply }) =>
    () => {
      let state = first
      const call = async (): Promise<number> => {
        state = next(state)
        return reply(state)
      }
      return { call, cast: call }
    },
}
