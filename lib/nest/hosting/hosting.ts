import type { Host } from '../../engine/isolation/host.js'
import type { PeeperModuleOptions } from '../options.js'

/** What a worker tells the modules that it boots. */
export interface Hosting {
  readonly host: Host
  readonly options: PeeperModuleOptions
}
