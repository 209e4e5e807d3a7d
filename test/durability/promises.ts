import { expect } from '@jest/globals'
import { open, type Found } from './servers.js'

/** What all processes so far had acknowledged, by server. */
export class Promises {
  private readonly all = new Map<string, Set<string>>()

  /** `<server> <id>` */
  add(lines: readonly string[]): void {
    for (const line of lines) {
      const [server = '', id = ''] = line.split(' ')
      this.all.set(server, (this.all.get(server) ?? new Set()).add(id))
    }
  }

  /**
   * Each message is one revision, and is in the state, the table and the dictionary, or in none of them; none is lost, none came twice. A reminder is
   * such a message, and none that was set is still to come.
   */
  expectKept({ server, n, ids, dictionary, last, awaited, changes }: Found): void {
    expect({ server, awaited }).toEqual({ server, awaited: [] })
    const there = new Set(ids)
    const lost = [...(this.all.get(server) ?? [])].filter(id => !there.has(id))
    expect({ server, lost }).toEqual({ server, lost: [] })
    expect({ server, entries: ids.length, dictionary, changes }).toEqual({
      server,
      entries: n,
      dictionary: n,
      changes: n,
    })
    expect(last).toEqual(ids.slice(-last.length))
    expect(there.size).toBe(ids.length)
  }

  /** All of it is in this store. */
  async expectStored(path: string, durability: 'power' | 'process'): Promise<void> {
    const { engine, targets } = await open(path, durability)
    for (const target of targets) this.expectKept(await target.find())
    await engine.close()
  }
}
