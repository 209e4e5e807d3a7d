import { count } from '../numbers.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'
import { read } from '../works.js'

const BYSTANDERS = 10_000

const beside = (name: string, bystanders: number): Trial => ({
  prepare: async effort => {
    const { house, Reader } = await import('../contenders/ours.js')
    const { client, more } = await house(Reader)
    for (let i = 0; i < bystanders * effort.scale; i += 1) await more()
    return named(name, await sequential(effort, () => client.call('read'), read.after))
  },
})

export const bystanders: Row = {
  row: 9,
  work: `row 1, with ${count(BYSTANDERS)} idle servers beside it`,
  trials: { 'with them': beside('with them', BYSTANDERS), 'without them': beside('without them', 0) },
  comparisons: [{ work: 'one call', ours: 'with them', peer: 'without them', target: { times: 1.1 } }],
}
