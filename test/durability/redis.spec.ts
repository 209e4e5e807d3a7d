import { expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import { Engine } from 'nestjs-peeper/engine'
import { redisKeeper } from 'nestjs-peeper/redis'
import { describeWith, privateServer } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { openOn, SNAPSHOT, type Found, type Target } from './servers.js'

const CLIENTS = 3

/** What is found by who asks until he is answered. */
const found = async (find: Target['find']): Promise<Found> =>
  find().catch(async () => {
    await setImmediate()
    return found(find)
  })

describeWith(await privateServer(redisServer), 'a Redis that fails under load', server => {
  test.each(['stop', 'kill', 'halt'] as const)(
    '%s: all that was acknowledged is there when it is back, and nothing half-done',
    async how => {
      const reported: Error[] = []
      const keeper = redisKeeper({
        url: server.url,
        prefix: how,
        timeout: 1_000,
        snapshot: SNAPSHOT,
        report: error => reported.push(error),
      })
      const { engine, targets } = await openOn(keeper)
      const acknowledged = new Map<string, Set<string>>()
      let count = 0
      let enough: () => void = () => undefined
      /** Sends until an answer fails. */
      const client = async (round: number, n: number, { address, server: one }: Target): Promise<string> => {
        for (let i = 0; ; i += 1) {
          const id = `${round}.${n}.${i}`
          try {
            await one.call('add', id)
          } catch (error) {
            return (error as { code: string }).code
          }
          acknowledged.set(address, (acknowledged.get(address) ?? new Set()).add(id))
          count += 1
          if (count >= 100) enough()
        }
      }
      for (let round = 0; round < 3; round += 1) {
        count = 0
        const reached = new Promise<void>(resolve => (enough = resolve))
        const clients = targets.flatMap(one =>
          Array.from({ length: CLIENTS }, (_, n) => client(round, n, one)),
        )
        await reached
        if (how === 'halt') server.halt()
        else await server[how]()
        await Promise.all(clients) // none of them waits for ever
        while (engine.health().waiting === undefined) {
          expect(engine.health().down).toEqual([])
          await setImmediate()
        }
        if (how === 'halt') server.resume()
        else await server.start()
        for (const { address: name, find } of targets) {
          const { n, ids, dictionary, last } = await found(find)
          const lost = [...(acknowledged.get(name) ?? [])].filter(id => !ids.includes(id))
          expect({ name, lost }).toEqual({ name, lost: [] })
          expect({ name, entries: ids.length, dictionary }).toEqual({ name, entries: n, dictionary: n })
          expect(last).toEqual(ids.slice(-last.length))
          expect(new Set(ids).size).toBe(ids.length)
        }
      }
      await engine.close()
      if (how !== 'halt')
        expect(reported.map(error => (error as { code?: string }).code)).toContain('PEEPER_STORE_UNREACHABLE')
    },
    120_000,
  )

  test('an owner that was halted while another took over is refused, and each says what happened', async () => {
    const script = `
      import { Engine } from 'nestjs-peeper/engine'
      import { redisKeeper } from 'nestjs-peeper/redis'
      import { createInterface } from 'node:readline'
      const engine = new Engine({ keeper: redisKeeper({ url: '${server.url}', prefix: 'owners' }) })
      const lot = await engine.start({ name: 'lot', state: { n: 0 }, callbacks: { call: { inc: s => (s.n += 1), read: s => s.n } } })
      const ask = what => lot.call(what).then(n => 'now ' + n, e => e.code + ' ' + e.cause?.code + ' ' + e.cause?.message)
      console.log('ready')
      for await (const what of createInterface(process.stdin)) console.log(await ask(what))`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const said = async (): Promise<unknown> => (await lines.next()).value
    const there = (what: 'inc' | 'read'): Promise<unknown> => {
      child.stdin.write(`${what}\n`)
      return said()
    }
    const engine = new Engine({ keeper: redisKeeper({ url: server.url, prefix: 'owners' }) })
    try {
      expect(await said()).toBe('ready')
      expect(await there('inc')).toBe('now 1')
      child.kill('SIGSTOP')
      const inc = (state: { n: number }): number => (state.n += 1)
      const lot = await engine.start({ name: 'lot', state: { n: 0 }, callbacks: { call: { inc } } })
      expect(await lot.call('inc')).toBe(2)
      child.kill('SIGCONT')
      expect(await there('inc')).toMatch(
        /^PEEPER_COMMIT_FAILED PEEPER_STALE_OWNER .*'lot' is at revision 3, not 2: another owner/,
      )
      expect(await there('read')).toBe('now 2') // it has loaded
      expect(await lot.call('inc')).toBe(3) // and disturbs nobody
      expect(await there('inc')).toMatch(/^PEEPER_COMMIT_FAILED PEEPER_STALE_OWNER/)
      expect(await there('inc')).toBe('now 4')
      await expect(lot.call('inc')).rejects.toMatchObject({ cause: { code: 'PEEPER_STALE_OWNER' } })
      expect(await lot.call('inc')).toBe(5)
    } finally {
      child.kill('SIGKILL')
      await engine.close()
    }
  }, 30_000)
})
