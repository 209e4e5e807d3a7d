import { programOf } from '../worker/program.js'
import { Contexts } from './contexts.js'
import { Courier } from './courier.js'
import type { Birthright, Order } from './frames.js'
import { Host } from './host.js'

/** Enough for the code to be there, and compiled: some ms of a start that takes hundreds. */
const TURNS = 200

const birth: Birthright = {
  program: 'one',
  server: 'one',
  name: 'one',
  key: undefined,
  worker: 1,
  restarts: 0,
  cause: undefined,
  tables: [],
  dictionary: undefined,
}

/**
 * Runs a life that nobody asked for, to its end. A thread that is new compiles each function when it is first called, which takes longer than a restart
 * may: a spare has done so before it is needed.
 */
export const warmUp = (): void => {
  const host = new Host(() => undefined, false, new Contexts())
  const program = programOf({ call: { inc: (state: { n: number }) => (state.n += 1) } })
  host.serve(() => program)
  const line = new Courier<Order>(host.receive, false)
  const orders: Order[] = [
    { op: 'born', life: 1, birth },
    { op: 'init', life: 1, arg: { n: 0 }, restart: false },
  ]
  for (let i = 0; i < TURNS; i += 1)
    orders.push({
      op: 'run',
      life: 1,
      epoch: 0,
      kind: 'call',
      name: 'inc',
      payload: undefined,
      awaited: true,
      reminder: undefined,
    })
  orders.push({ op: 'exit', life: 1, reason: 'shutdown' }, { op: 'dispose', life: 1 })
  for (const order of orders) {
    line.send(order)
    line.flush()
  }
  host.end()
}
