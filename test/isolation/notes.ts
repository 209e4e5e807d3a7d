import { reply, type Callbacks } from 'nestjs-peeper/engine'

export interface Notes {
  readonly taken: number[]
  steps: number
}

/** Writes down the numbers that it is sent: at once, after a while, with a step behind it, or never. */
export const notes: Callbacks = {
  call: {
    note: ({ taken }: Notes, number: number) => taken.push(number),
    later: async ({ taken }: Notes, number: number) => {
      await Promise.resolve()
      taken.push(number)
    },
    again: ({ taken }: Notes, number: number) => {
      taken.push(number)
      return reply(undefined, { continue: 'step' })
    },
    boom: ({ taken }: Notes, number: number) => {
      taken.push(number)
      throw new Error('boom')
    },
    sleep: () => new Promise(resolve => setTimeout(resolve, 0)),
    read: (state: Notes) => state,
  },
  cast: {
    jot: ({ taken }: Notes, number: number) => void taken.push(number),
  },
  continue: {
    step: (state: Notes) => void (state.steps += 1),
  },
}
