import { peers } from '../contenders/peers.js'
import { besidePeers, named, trialsOf } from '../peer-trials.js'
import type { Row } from '../row.js'
import { sequential } from '../sequential.js'
import { read } from '../works.js'

export const call: Row = {
  row: 1,
  work: 'sequential call, integer state, no change, no payload',
  trials: {
    ours: {
      prepare: async effort => {
        const { house, Reader } = await import('../contenders/ours.js')
        const { client } = await house(Reader)
        return named('ours', await sequential(effort, () => client.call('read'), read.after))
      },
    },
    ...trialsOf(peers, read),
  },
  comparisons: besidePeers(peers, { 'promise-chain mutex': { times: 4 }, nact: { faster: 4 } }),
}
