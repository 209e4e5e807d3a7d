export { crashInjector, type Crashes } from './crash-injector.js'
export { drained, type Drainable } from './drained.js'
export { simulatedClock, type SimulatedClock, type SimulatedClockOptions } from './simulated-clock.js'
export { loopback } from '../engine/isolation/site/loopback.js'
