import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { turns } from '../support/latch.js'
import { seeded } from '../support/seed.js'

/** An order to a supervisor, and how many microtasks go by before the next. */
interface Given {
  readonly order: 'terminateChild' | 'restartChild'
  readonly pause: number
}

const given = fc.record<Given>({ order: fc.constantFrom('terminateChild', 'restartChild'), pause: fc.nat(4) })

test('a supervisor that is ended and brought back again and again, without waiting, is as it was told last', async () => {
  const isAsTold = async (inits: readonly number[], orders: readonly Given[]): Promise<void> => {
    const engine = new Engine({ clock: simulatedClock() })
    let starts = 0
    const init = (): Promise<void> => turns(inits[(starts += 1) % inits.length])
    const callbacks = { init, call: { read: () => 1 } }
    await engine.startSupervisor({ name: 'top', children: ['a', 'b'].map(name => ({ name, callbacks })) })
    const carriedOut: Promise<void>[] = []
    for (const { order, pause } of orders) {
      carriedOut.push(engine[order]('root', 'top'))
      await turns(pause)
    }
    await Promise.allSettled(carriedOut)
    await engine.restartChild('root', 'top')
    expect(engine.whichChildren('top').map(({ status }) => status)).toEqual(['running', 'running'])
    expect(await Promise.all(['a', 'b'].map(name => engine.call(name, 'read')))).toEqual([1, 1])
    await engine.terminateChild('root', 'top')
    expect(engine.countChildren('top')).toMatchObject({ active: 0 })
    await engine.close()
  }
  const inits = fc.array(fc.nat(6), { minLength: 1, maxLength: 5 })
  const orders = fc.array(given, { minLength: 2, maxLength: 8 })
  await fc.assert(fc.asyncProperty(inits, orders, isAsTold), seeded('orders to a supervisor', 1_000))
})
