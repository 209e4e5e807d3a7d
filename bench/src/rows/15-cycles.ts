import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'
import { plainLoop } from './11-installed.js'

const calls = (name: string, reaches: boolean): Trial => ({
  prepare: async effort => {
    const { house, Reader, ReachingReader } = await import('../contenders/ours.js')
    const { client } = reaches ? await house(ReachingReader) : await house(Reader)
    const call = (): Promise<number> => client.call('read')
    return named(name, await sequential(effort, call, () => 1))
  },
})

/** Code of somebody else, once a server of the process has served. */
const bystander = (name: string, reaches: boolean): Trial => ({
  prepare: async effort => {
    const { house, Reader, ReachingReader } = await import('../contenders/ours.js')
    const { client } = reaches ? await house(ReachingReader) : await house(Reader)
    for (let i = 0; i < 1_000; i += 1) await client.call('read')
    return plainLoop(name, effort)
  },
})

export const cycles: Row = {
  row: 15,
  work: 'what it costs to find cycles of calls: a server that can reach others, and a plain await loop beside it',
  trials: {
    'it reaches others': calls('it reaches others', true),
    'it reaches none': calls('it reaches none', false),
    'await, cycles are found': bystander('await, cycles are found', true),
    'await, none can be': bystander('await, none can be', false),
  },
  comparisons: [
    { work: 'one call', ours: 'it reaches others', peer: 'it reaches none' },
    { work: 'one await elsewhere', ours: 'await, cycles are found', peer: 'await, none can be' },
  ],
}
