import type { Contender } from './contender.js'

/** `send` is synchronous and replies nothing: a caller that wants a reply sends a way to be told. */
interface Message {
  readonly type: 'message'
  readonly tell?: (value: number) => void
}

/** The leanest of its actors: a transition, no machine. */
export const xstate: Contender = {
  name: 'xstate',
  package: 'xstate',
  lacks: [
    'a reply (the caller sends a callback)',
    'async handlers in turn',
    'restarts',
    'bounded mailbox',
    'timeout',
    'copies of payloads',
  ],
  open: async ({ first, next, reply }) => {
    const { createActor, fromTransition } = await import('xstate')
    const logic = fromTransition(
      (context, { tell }: Message) => {
        const state = next(context.state)
        tell?.(reply(state))
        return state === context.state ? context : { state }
      },
      { state: first },
    )
    return () => {
      const actor = createActor(logic).start()
      return {
        call: () =>
          new Promise(tell => {
            actor.send({ type: 'message', tell })
          }),
        cast: () => {
          actor.send({ type: 'message' })
        },
      }
    }
  },
}
