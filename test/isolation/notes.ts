import { reply, type Callbacks } from 'nestjs-peeper/engine'

export interface Notes {
  readonly taken: number[]
  steps: number
}

/** What was run in this thread, whatever became of it. */
export const ran: number[] = []

const take = ({ taken }: Notes, number: number): void => {
  ran.push(number)
  taken.push(number)
}

/** Writes down the numbers that it is sent: at once, after a while, with a step behind it, or never. */
export const notes: Callbacks = {
  call: {
    note: take,
    later: async (state: Notes, number: number) => {
      await Promise.resolve()
      take(state, number)
    },
    again: (state: Notes, number: number) => {
      take(state, number)
      return reply(undefined, { continue: 'step' })
    },
    boom: (state: Notes, number: number) => {
      take(state, number)
      throw new Error('boom')
    },
    sleep: () => new Promise(resolve => setTimeout(resolve, 0)),
    read: (state: Notes) => state,
  },
  cast: {
    jot: take,
  },
  continue: {
    step: (state: Notes) => void (state.steps += 1),
  },
}
