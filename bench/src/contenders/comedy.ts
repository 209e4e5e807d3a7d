import type { Contender } from './contender.js'

/** In its in-memory mode. */
export const comedy: Contender = {
  name: 'comedy (in memory)',
  package: 'comedy',
  lacks: [
    'serialised access',
    'order (a call overtakes casts)',
    'rollback',
    'restarts (in this mode)',
    'bounded mailbox',
    'timeout',
    'copies of payloads',
  ],
  open: async ({ first, next, reply }) => {
    const { createSystem } = (await import('comedy')).default
    const root = await createSystem({ test: true }).rootActor() // a test has no log
    return async () => {
      let state = first
      const work = (): number => {
        state = next(state)
        return reply(state)
      }
      const actor = await root.createChild({ work })
      return {
        call: () => actor.sendAndReceive('work') as Promise<number>,
        cast: () => actor.send('work'),
      }
    }
  },
}
