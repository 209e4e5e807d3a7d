import type { Contender } from './contender.js'

type Message = { type: 'cast' } | { type: 'call'; sender: object }

export const nact: Contender = {
  name: 'nact',
  package: 'nact',
  lacks: [
    'state that survives a crash',
    'an answer to the caller of a crash',
    'bounded mailbox',
    'copies of payloads',
  ],
  open: async ({ first, next, reply }) => {
    const { dispatch, query, spawn, start } = (await import('nact')).default
    const system = start()
    return () => {
      const actor = spawn(system, (state: typeof first | undefined, message: Message) => {
        const after = next(state ?? first)
        if (message.type === 'call') dispatch(message.sender, reply(after))
        return after
      })
      return {
        call: () => query(actor, (sender: object) => ({ type: 'call', sender }), 5_000) as Promise<number>,
        cast: () => {
          dispatch(actor, { type: 'cast' })
        },
      }
    }
  },
}
