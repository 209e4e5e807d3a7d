import type { Post } from '../courier.js'
import type { Program } from '../../worker/program.js'
import type { Contexts } from '../contexts.js'
import type { Loss } from '../errors.js'

/** A thread or a child process, as it is reached. */
export interface Site {
  readonly post: Post
  /** Ends it, whatever it is doing. Resolves once it has ended. */
  kill(): Promise<void>
}

/** How a site tells of itself. */
export interface Told {
  /** The bytes are there until this returns. */
  readonly came: Post
  ended(loss: Loss): void
}

/** Opens a site. `hosted` are the callbacks, and `contexts` those that cross, as this side has them: what is in another thread has its own. */
export type OpenSite = (told: Told, hosted: (name: string) => Program | undefined, contexts: Contexts) => Site
