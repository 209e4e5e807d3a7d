import * as fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import { Data } from 'nestjs-peeper/engine'
import { program, run } from './program.js'
import { show } from './show.js'
import { tree } from './worlds.js'

const data = new Data()
const runs = { numRuns: 1_000 }

/** A plain copy, made without the code under test. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [plain(k), plain(v)]))
  if (value instanceof Set) return new Set([...value].map(plain))
  const { constructor } = value
  if (value instanceof Date) return new Date(value)
  if (value instanceof RegExp) return Object.assign(new RegExp(value), { lastIndex: value.lastIndex })
  if (Buffer.isBuffer(value)) return Buffer.from([...value])
  if (ArrayBuffer.isView(value)) return new (constructor as Float64ArrayConstructor)(value as Float64Array)
  const out =
    value instanceof Error ? Object.assign(new TypeError(value.message), { stack: value.stack }) : {}
  for (const [name, part] of Object.entries(value)) {
    Object.defineProperty(out, name, {
      value: plain(part),
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return out
}

describe('for every state', () => {
  it('what is kept, released or copied is the same data', () => {
    fc.assert(
      fc.property(tree, value => {
        const before = show(value)
        const kept = data.keep(value)
        expect([show(data.release(kept)), show(data.copy(value)), show(value)]).toEqual([
          before,
          before,
          before,
        ])
        expect(data.keep(plain(value), kept)).toBe(kept)
        expect(data.keep(kept)).toBe(kept)
      }),
      runs,
    )
  })

  it('what is written to what left reaches nobody', () => {
    fc.assert(
      fc.property(tree, program, (value, steps) => {
        const kept = data.keep(value)
        const before = show(data.release(kept))
        const out = data.release(kept)
        for (const step of steps) {
          try {
            run(out, [step], plain)
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError)
          }
        }
        expect(show(data.release(kept))).toBe(before)
      }),
      runs,
    )
  })
})

describe('for every state and every handler', () => {
  it('a draft does what the plain thing does, and its base stays as it is', () => {
    fc.assert(
      fc.property(tree, program, (value, steps) => {
        const kept = data.keep(value)
        const before = show(data.release(kept))
        const model = plain(value)
        run(model, steps, plain)
        const draft = data.draft(kept)
        run(draft.value, steps, plain)
        expect(show(draft.value)).toBe(show(model))
        expect(show(data.copy(draft.value))).toBe(show(model))
        const next = draft.settle()
        draft.end()
        expect(show(data.release(next))).toBe(show(model))
        expect(show(data.release(kept))).toBe(before)
        expect(data.keep(plain(data.release(next)), next)).toBe(next)
        if (!draft.modified) expect(next).toBe(kept)
      }),
      runs,
    )
  })

  it('what it put into the state is not reached through its own references', () => {
    fc.assert(
      fc.property(tree, program, program, (value, steps, later) => {
        const draft = data.draft(data.keep(value))
        const mine: unknown[] = []
        run(draft.value, steps, fresh => {
          mine.push(plain(fresh))
          return mine.at(-1)
        })
        const next = draft.settle()
        draft.end()
        const settled = show(data.release(next))
        for (const part of mine) {
          try {
            run(part, later, plain)
          } catch (error) {
            // A part the handler put in may hold parts of the draft, which has ended.
            expect((error as { code?: string }).code).toBe('PEEPER_DRAFT_ENDED')
          }
        }
        expect(show(data.release(next))).toBe(settled)
      }),
      runs,
    )
  })

  it('a state returned from the draft is what the draft would have become', () => {
    fc.assert(
      fc.property(tree, program, (value, steps) => {
        const kept = data.keep({ value })
        const own = data.draft(kept)
        run(own.value, steps, plain)
        const returned = data.draft(kept)
        run(returned.value, steps, plain)
        const next = returned.settle({ state: { ...(returned.value as object) } })
        expect(show(data.release(next))).toBe(show(data.release(own.settle())))
      }),
      runs,
    )
  })

  it('revision upon revision, for one who sees them all', () => {
    fc.assert(
      fc.property(tree, fc.array(program, { minLength: 2, maxLength: 5 }), (value, messages) => {
        const cache = new WeakMap<object, object>()
        let kept = data.keep(value)
        let model = plain(value)
        for (const steps of messages) {
          const draft = data.draft(kept)
          run(draft.value, steps, plain)
          kept = draft.settle()
          draft.end()
          run(model, steps, plain)
          // A part that stands in two places becomes two between one message and the next.
          model = plain(model)
          expect(show(data.release(kept, cache))).toBe(show(model))
        }
      }),
      { numRuns: 500 },
    )
  })
})
