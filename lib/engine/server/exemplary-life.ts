import { untold } from '../child-spec.js'
import type { Clock, Timer } from '../clock.js'
import { Deadlines } from '../deadlines.js'
import { Intake } from '../intake.js'
import { Isolation } from '../isolation/isolation.js'
import { Keepers } from '../keeper/keepers.js'
import { memoryKeeper } from '../keeper/memory-keeper.js'
import { done } from '../promptly.js'
import { Alarm } from '../alarm.js'
import { WaitGraph } from '../wait-graph.js'
import { Blueprints } from './blueprints.js'
import { Bonds } from './bonds.js'
import type { Environment } from './environment.js'
import { Server } from './server.js'

const timer: Timer = { cancel: done, hold: done }
const clock: Clock = { now: () => 0, time: () => 0, after: () => timer, yield: done }

const nobody = {} as never

/** Where nothing happens. */
const nowhere: Environment = {
  clock,
  deadlines: new Deadlines(clock),
  keepers: new Keepers(memoryKeeper()),
  blueprints: new Blueprints({}),
  listeners: [],
  intake: new Intake(),
  injectCrash: undefined,
  bonds: new Bonds(done as () => undefined),
  waiting: new WaitGraph(),
  isolation: new Isolation(undefined, nobody),
  alarm: new Alarm(clock, {}, () => 'unknown', done),
  isWatched: false,
  apart: work => work(),
  nextId: () => '',
  deliver: done,
  emit: done,
  eventsOf: () => nobody,
  deadLetter: done,
  answer: done,
  forget: done,
}

/** A server that was started and has ended, and its life. */
export const exemplaryLife = (): readonly object[] => {
  const server = new Server(nowhere, { name: 'exemplar', callbacks: {}, state: 0 })
  const { home } = server
  home.branch.start(untold)
  const { life } = home
  home.branch.end('normal')
  return [server, life as object]
}
