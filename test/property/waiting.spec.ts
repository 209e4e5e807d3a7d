import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CallCycleError, Engine } from 'nestjs-peeper/engine'
import { seeded } from '../support/seed.js'
import { WaitModel, type Script } from './wait-model.js'

const SERVERS = ['a', 'b', 'c', 'd']

interface Plan {
  readonly actions: readonly { readonly kind: 'call' | 'cast'; readonly to: string; readonly plan: Plan }[]
}

const to = fc.constantFrom(...SERVERS)
const kind = fc.constantFrom<'call' | 'cast'>('call', 'call', 'call', 'cast')
const plans = (depth: number): fc.Arbitrary<Plan> =>
  depth === 0
    ? fc.constant({ actions: [] })
    : fc.record({ actions: fc.array(fc.record({ kind, to, plan: plans(depth - 1) }), { maxLength: 2 }) })

/** Numbers every message of a plan. */
const numbered = (plan: Plan, ids: { next: number }): Script => ({
  id: (ids.next += 1),
  actions: plan.actions.map(({ plan: inner, ...action }) => ({ ...action, script: numbered(inner, ids) })),
})

test('however servers call each other: an error exactly when a cycle closes, and never a deadlock', async () => {
  const { seed, numRuns } = seeded('waiting', 150)
  const messages = fc.array(fc.record({ to, plan: plans(3) }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(messages, fc.infiniteStream(fc.nat()), async (roots, choices) => {
      const engine = new Engine()
      const model = new WaitModel()
      const refused: string[] = []
      const gates = new Map<number, () => void>()
      const gate = (id: number): Promise<void> => new Promise(resolve => gates.set(id, resolve))

      const run = async (_: unknown, { id, actions }: Script): Promise<void> => {
        for (const { kind, to, script } of actions) {
          await gate(id)
          try {
            if (kind === 'cast') engine.cast(to, 'run', script)
            else await engine.call(to, 'run', script, { timeout: Infinity })
          } catch (error) {
            if (!(error instanceof CallCycleError)) throw error
            refused.push(`${id}: ${error.path.join(' → ')}`)
          }
        }
        await gate(id)
      }
      for (const name of SERVERS)
        await engine.start({ name, reaches: true, callbacks: { call: { run }, cast: { run } } })

      const ids = { next: 0 }
      const answers = roots.map(({ to, plan }) => {
        const script = numbered(plan, ids)
        model.send(to, script)
        return engine.call(to, 'run', script, { timeout: Infinity })
      })
      for (const choice of choices) {
        await new Promise(setImmediate)
        const ready = [...gates.keys()].sort((a, b) => a - b)
        expect([ready, refused]).toEqual([model.ready, model.refused])
        const id = ready[choice % ready.length]
        if (id === undefined) break
        model.step(id)
        const open = gates.get(id)
        gates.delete(id)
        open?.()
      }
      await Promise.all(answers)
      await engine.close()
    }),
    { seed, numRuns },
  )
})
