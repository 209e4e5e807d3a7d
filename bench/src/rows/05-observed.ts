import { named } from '../peer-trials.js'
import type { Row } from '../row.js'
import { sequential } from '../sequential.js'
import { change } from '../works.js'

export const observed: Row = {
  row: 5,
  work: 'row 2, with a listener and a subscriber of events$',
  trials: {
    'without them': {
      prepare: async effort => {
        const { house, Orders } = await import('../contenders/ours.js')
        const { client } = await house(Orders)
        return named('without them', await sequential(effort, () => client.call('change'), change.after))
      },
    },
    observed: {
      prepare: async effort => {
        const { house, Orders, OrdersListener } = await import('../contenders/ours.js')
        const { client, peeper, get } = await house(Orders, OrdersListener)
        peeper.events$.subscribe()
        const sample = await sequential(effort, () => client.call('change'), change.after)
        const listener = get(OrdersListener)
        return named('observed', async () => {
          const before = listener.told
          const figure = await sample()
          if (listener.told === before) throw new Error('the listener was told nothing')
          return figure
        })
      },
    },
  },
  comparisons: [{ work: 'one call', ours: 'observed', peer: 'without them', target: { times: 1.3 } }],
}
