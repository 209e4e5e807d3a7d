import type { Payload } from '../contenders/servers.js'
import type { Comparison, Row, Trial } from '../row.js'
import { named } from '../peer-trials.js'
import { sequential } from '../sequential.js'

const SIZES = [5, 50] as const

const VALUES = [1, 'a short text', true, 2.5, null]

const payloadOf = (fields: number): Payload =>
  Object.fromEntries(Array.from({ length: fields }, (_, i) => [`field${i}`, VALUES[i % VALUES.length]]))

const replies = (): number => 1

/** Both in one process, so that what is left is the payload alone. */
const measured = (fields: number): Trial => ({
  prepare: async effort => {
    const { house, Receiver } = await import('../contenders/ours.js')
    const { client } = await house(Receiver)
    const payload = payloadOf(fields)
    const callWithout = await sequential(effort, () => client.call('plain'), replies)
    const callWith = await sequential(effort, () => client.call('take', payload), replies)
    return async () => {
      const [without, figure] = [await callWithout(), await callWith()]
      return {
        [`call with ${fields}`]: figure,
        [`call without ${fields}`]: without,
        [`payload of ${fields}`]: figure - without,
      }
    }
  },
})

const cloned = (fields: number): Trial => ({
  prepare: async effort => {
    const payload = payloadOf(fields)
    const clone = async (): Promise<number> => structuredClone(payload).field0 as number
    return named(`structuredClone of ${fields}`, await sequential(effort, clone, replies))
  },
})

export const payloads: Row = {
  row: 12,
  work: 'a payload: the copy, the check, the freeze',
  trials: Object.fromEntries(
    SIZES.flatMap(fields => [
      [`payload of ${fields}`, measured(fields)],
      [`structuredClone of ${fields}`, cloned(fields)],
    ]),
  ),
  comparisons: SIZES.flatMap((fields): Comparison[] => [
    { work: `a call with ${fields} fields`, ours: `call with ${fields}`, peer: `call without ${fields}` },
    {
      work: `the payload of ${fields} alone`,
      ours: `payload of ${fields}`,
      peer: `structuredClone of ${fields}`,
    },
  ]),
}
