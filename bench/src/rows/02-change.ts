import { peers } from '../contenders/peers.js'
import { besidePeers, named, trialsOf } from '../peer-trials.js'
import type { Row } from '../row.js'
import { sequential } from '../sequential.js'
import { change } from '../works.js'

export const changing: Row = {
  row: 2,
  work: 'sequential call that changes one field of ten; the peers change a draft of mutative',
  trials: {
    ours: {
      prepare: async effort => {
        const { house, Orders } = await import('../contenders/ours.js')
        const { client } = await house(Orders)
        return named('ours', await sequential(effort, () => client.call('change'), change.after))
      },
    },
    ...trialsOf(peers, change),
  },
  comparisons: besidePeers(peers, { 'promise-chain mutex': { times: 2.5 } }),
}
