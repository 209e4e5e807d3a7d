import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, type Strategy, type SupervisorChild, type SupervisorStart } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { seeded } from '../support/seed.js'
import { forksOf, isFork, leavesOf, TreeModel, type Fork, type Leaf, type Node } from './tree-model.js'

type Shape =
  | { readonly budget: number }
  | { readonly budget: number; readonly strategy: Strategy; readonly inner: Shape[] }

const budget = fc.nat({ max: 2 })
const strategy = fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one')
const leaf = fc.record({ budget })
const fork = (inner: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
  fc.record({ budget, strategy, inner: fc.array(inner, { minLength: 1, maxLength: 3 }) })
const trees = fork(fc.oneof(leaf, fork(fc.oneof(leaf, fork(leaf)))))

/** Names every node after its place: `top.0.1`. */
const named = (shape: Shape, name = 'top'): Node =>
  'inner' in shape
    ? {
        name,
        maxRestarts: shape.budget,
        strategy: shape.strategy,
        children: shape.inner.map((each, index) => named(each, `${name}.${index}`)),
      }
    : { name, maxRestarts: shape.budget }

const startOf = ({ children, ...fork }: Fork): SupervisorStart => ({
  ...fork,
  children: children.map((child): SupervisorChild =>
    isFork(child) ? startOf(child) : { ...child, state: 0, callbacks: { call: { inc: (n: number) => n } } },
  ),
})

/** A server crashes, or moves to a supervisor. */
type Step = { readonly crash: number } | { readonly move: number; readonly to: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ crash: fc.nat() }), weight: 2 },
    { arbitrary: fc.record({ move: fc.nat(), to: fc.nat() }), weight: 1 },
  ),
  { minLength: 1, maxLength: 16 },
)

const HAPPENINGS = /started|stopped|down|moved/

test('whoever crashes or moves, and however often: those restart whom OTP restarts, in its order', async () => {
  const { seed, numRuns } = seeded('trees', 150)
  await fc.assert(
    fc.asyncProperty(trees, steps, async (shape, all) => {
      const top = named(shape) as Fork
      const [clock, model] = [simulatedClock(), new TreeModel(top)]
      const [leaves, forks] = [leavesOf(top), forksOf(top)]
      const engine = new Engine({ clock })
      const chronicle = new Chronicle(engine.events$)
      const news = (): string[] =>
        chronicle.events
          .splice(0)
          .filter(({ type }) => HAPPENINGS.test(type))
          .map(({ server, type }) => `${server} ${type}`)
      await engine.startSupervisor(startOf(top))
      model.start()
      expect(news()).toEqual(model.log.splice(0))
      for (const step of all) {
        if ('crash' in step) {
          const target = leaves[step.crash % leaves.length] as Leaf
          model.crash(target)
          engine.whereis(target.name)?.exit('kill')
          await clock.advance(0)
        } else {
          const moving = leaves[step.move % leaves.length] as Leaf
          const [from, to] = [model.parentOf(moving) as Fork, forks[step.to % forks.length] as Fork]
          model.move(moving, to)
          await engine.transfer(moving.name, from.name, to.name)
        }
        for (const fork of model.isDown ? [] : forks) {
          const children = engine.whichChildren(fork.name).map(({ id, status }) => `${id} ${status}`)
          expect(children).toEqual(model.under(fork).map(({ name }) => `${name} running`))
        }
        const told = model.log.splice(0)
        const seen = news() // what is down for good is told of once more at the end
        expect(model.isDown ? seen.slice(0, told.length) : seen).toEqual(told)
        expect(engine.whichChildren()).toHaveLength(model.isDown ? 0 : 1)
        const { down } = engine.health()
        expect(leaves.every(({ name }) => down.includes(name) === model.isDown)).toBe(true)
        expect(down.includes('top')).toBe(model.isDown)
        if (!model.isDown) continue
        await engine.restartChild('root', 'top')
        model.start()
        expect(news()).toEqual(model.log.splice(0))
      }
      expect(engine.health()).toEqual({ healthy: true, down: [] })
      await engine.close()
    }),
    { seed, numRuns },
  )
})
