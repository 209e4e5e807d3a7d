import type { StoreOptions } from '../record/store-options.js'

/** What {@link lmdbKeeper} takes. */
export interface LmdbKeeperOptions extends StoreOptions {
  /** The folder of the store; made if it is not there. On a disk of this machine: LMDB does not work on network file systems. */
  readonly path: string
  /**
   * What a committed change survives: `'power'` (the default) the end of the process, of the system and of the power, for each commit waits
   * until the disk has it; `'process'` the end of the process alone, `kill -9` too, and after the power failed the store may be unusable.
   */
  readonly durability?: 'power' | 'process'
  /** Bytes of address space to begin with. The store grows by itself; say it if that is a known size. */
  readonly mapSize?: number
  /** Told of what nobody waits for: a damaged record that was passed over, a snapshot that failed. Default: a warning of the process. */
  readonly report?: (error: Error) => void
}
