import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { seeded } from '../support/seed.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { open, type Found } from './servers.js'

const ROUNDS = Number(process.env.ROUNDS ?? 12)

/** When a process is killed: after it acknowledged so many changes, and so many microseconds. */
interface Moment {
  readonly acknowledged: number
  readonly later: number
}

/** Runs a process under load until it is killed. Answers what it had acknowledged. */
const runAndKill = async (
  path: string,
  durability: string,
  round: number,
  moment: Moment,
): Promise<string[]> => {
  const child = spawn(process.execPath, ['.test/durability/load.js', path, durability, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const acknowledged: string[] = []
  let killed = false
  for await (const line of createInterface(child.stdout)) {
    if (line !== 'ready') acknowledged.push(line)
    if (killed || acknowledged.length < moment.acknowledged) continue
    const until = process.hrtime.bigint() + BigInt(moment.later) * 1_000n
    while (process.hrtime.bigint() < until);
    killed = child.kill('SIGKILL')
  }
  expect(await ended).toEqual([null, 'SIGKILL'])
  return acknowledged
}

/** What is stored, and at which revision. */
const find = async (
  path: string,
  durability: 'power' | 'process',
): Promise<(Found & { revision: number })[]> => {
  const { engine, named, keyed, keys } = await open(path, durability)
  const found: (Found & { revision: number })[] = []
  for (const server of named)
    found.push({
      ...((await server.call('find')) as Found),
      server: server.name,
      revision: server.status().revision - 1,
    })
  for (const key of keys) {
    const member = keyed.for(key)
    found.push({
      ...((await member.call('find')) as Found),
      server: `keyed/${key}`,
      revision: member.status().revision,
    })
  }
  await engine.close()
  return found
}

describe.each(['power', 'process'] as const)(
  "a process that is killed by SIGKILL under load, durability: '%s'",
  durability => {
    test(
      'leaves all that it acknowledged, nothing half-done, and no gap in the revisions',
      async () => {
        const path = temporaryFolder()
        const all = new Map<string, Set<string>>()
        let round = 0
        const killed = async (moment: Moment): Promise<void> => {
          for (const line of await runAndKill(path, durability, (round += 1), moment)) {
            const [server = '', id = ''] = line.split(' ')
            all.set(server, (all.get(server) ?? new Set()).add(id))
          }
          for (const { server, n, ids, dictionary, last, revision } of await find(path, durability)) {
            const lost = [...(all.get(server) ?? [])].filter(id => !ids.includes(id))
            expect({ server, lost }).toEqual({ server, lost: [] })
            // Each message is one revision, and is in the state, the table and the dictionary, or in none of them.
            expect({ server, entries: ids.length, dictionary, revision }).toEqual({
              server,
              entries: n,
              dictionary: n,
              revision: n,
            })
            expect(last).toEqual(ids.slice(-last.length))
            expect(new Set(ids).size).toBe(ids.length)
          }
        }
        const moments = fc.record({ acknowledged: fc.integer({ min: 1, max: 600 }), later: fc.nat(3_000) })
        const { seed, numRuns } = seeded(`kill -9, ${durability}`, ROUNDS)
        await fc.assert(fc.asyncProperty(moments, killed), { seed, numRuns, endOnFailure: true })
      },
      60_000 + ROUNDS * 5_000,
    )
  },
)
