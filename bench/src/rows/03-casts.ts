import type { Contender, Start } from '../contenders/contender.js'
import { nact } from '../contenders/nact.js'
import { peers } from '../contenders/peers.js'
import type { Effort } from '../effort.js'
import { calibrated, timed, type Run } from '../measure.js'
import { count } from '../numbers.js'
import type { Comparison, Row, Sampler, Trial } from '../row.js'
import { expectReply } from '../sequential.js'
import { tally } from '../works.js'

const SIZES = [10_000, 200_000, 1_000_000] as const
const [few, , many] = SIZES
const WAVE = 5_000 // casts, then one call: our mailbox holds 10 000 unless said
const others = peers.filter(peer => peer !== nact)

const named = (who: string, size: number): string => `${who}, ${count(size)}`

/** So many messages to a new one, in waves. */
const burst =
  (start: Start, size: number): Run =>
  async n => {
    let took = 0
    for (let i = 0; i < n; i += 1) {
      const { cast, call } = await start()
      took += await timed(async () => {
        let [sent, reply] = [0, 0]
        while (sent < size) {
          const end = Math.min(sent + WAVE, size)
          for (; sent < end - 1; sent += 1) cast()
          reply = await call()
          sent += 1
        }
        expectReply(reply, tally.after(size))
      })
    }
    return took
  }

const prepareBursts = async (who: string, size: number, effort: Effort, start: Start): Promise<Sampler> => {
  const [messages, fewest] = [size * effort.scale, few * effort.scale]
  const sample = await calibrated(effort, burst(start, messages), burst(start, fewest))
  return async () => ({ [named(who, size)]: (await sample()) / messages })
}

const oursOf = (size: number): Trial => ({
  prepare: async effort => {
    const { house, Tally } = await import('../contenders/ours.js')
    const { more } = await house(Tally)
    return prepareBursts('ours', size, effort, async () => {
      const client = await more()
      return {
        call: () => client.call('total'),
        cast: () => {
          client.cast('add')
        },
      }
    })
  },
})

const trialOf = (by: Contender, size: number): Trial => ({
  by,
  prepare: async effort => prepareBursts(by.name, size, effort, await by.open(tally)),
})

export const casts: Row = {
  row: 3,
  work: `casts to one server, one call in ${count(WAVE)}: per message`,
  trials: {
    ...Object.fromEntries(SIZES.map(size => [named('ours', size), oursOf(size)])),
    ...Object.fromEntries(SIZES.map(size => [named(nact.name, size), trialOf(nact, size)])),
    ...Object.fromEntries(others.map(peer => [named(peer.name, few), trialOf(peer, few)])),
  },
  comparisons: [
    ...SIZES.map((size): Comparison => ({
      work: count(size),
      ours: named('ours', size),
      peer: named(nact.name, size),
      target: { faster: 1.5 },
    })),
    {
      work: count(many),
      ours: named('ours', many),
      peer: named('ours', few),
      target: { times: 1.3 },
    },
    ...others.map(({ name }): Comparison => ({
      work: count(few),
      ours: named('ours', few),
      peer: named(name, few),
    })),
  ],
}
