import type { ExitReason } from '../../engine/exit.js'
import type { Family } from '../../engine/keyed/family.js'
import type { KeysPage, PageOptions } from '../../engine/keyed/settings.js'
import type { Member } from '../../engine/keyed/member.js'
import type { PeeperClient } from './peeper-client.js'
import type { StateOf } from './protocol.js'

/**
 * The clients of the keyed servers of a class: many of one name, each with a key of its own. Injected by `@InjectPeeper(Lot)` where the class is
 * `keyed`.
 *
 * A server starts by itself at its first message, leaves memory when it has been idle (`idle`, `maxResident`), and comes back with its state at the
 * next one. There is never more than one worker of a key.
 *
 * @example
 * constructor(@InjectPeeper(Lot) private readonly lots: PeeperClients<Lot>) {}
 * …
 * await this.lots.for('42').call('bid', 7)
 */
export interface PeeperClients<T, S = StateOf<T>> {
  /** The name of these servers. */
  readonly name: string
  /**
   * The client of the server of this key. It costs next to nothing and wakes nobody: make one where you need it. A key is a string of 1 to 512 bytes
   * of UTF-8.
   *
   * @throws BadKeyError
   */
  for(key: string): PeeperClient<T, S> & { readonly key: string }
  /** All keys that are stored or in memory, each once, in no order. */
  keys(): AsyncIterable<string>
  /**
   * The stored keys by page, in the order of the store. It reads no more than the page and one key, and no state. What is stored or forgotten
   * meanwhile may be on a later page or not; no other key is left out or told twice. `next` of a page is the `after` of the one that follows.
   *
   * @throws BadKeyError, BadOptionError
   */
  page(options?: PageOptions): Promise<KeysPage>
  /** The keys whose servers are in memory now. */
  resident(): string[]
  /**
   * Ends the running life of this key, if there is one, when all that was sent before is served; after `timeout` ms (default 5 000) that is rejected.
   * Its state is kept, and the next message brings it back.
   *
   * @throws BadKeyError, BadOptionError
   */
  stop(key: string, reason?: ExitReason, timeout?: number): Promise<void>
  /**
   * As {@link stop}, and its state goes too, of a server in memory or not. What is sent meanwhile starts it anew, from nothing. Rejects with the
   * keeper's own error if that cannot remove the state.
   *
   * @throws BadKeyError, BadOptionError
   */
  forget(key: string, timeout?: number): Promise<void>
}

/** Where clients find their family. */
export interface Families {
  /** @throws NoSuchServerError */
  family(name: string): Family
}

// Found when it is first asked for: providers may still be on their way when a client is injected.
class FamilyClients {
  private known: Family | undefined = undefined

  constructor(
    readonly name: string,
    private readonly families: Families,
  ) {}

  for(key: string): Member {
    return this.family.for(key)
  }

  keys(): AsyncIterable<string> {
    return this.family.keys()
  }

  async page(options?: PageOptions): Promise<KeysPage> {
    return this.family.page(options)
  }

  resident(): string[] {
    return this.family.resident()
  }

  async stop(key: string, reason?: ExitReason, timeout?: number): Promise<void> {
    await this.family.stop(key, reason, timeout)
  }

  async forget(key: string, timeout?: number): Promise<void> {
    await this.family.forget(key, timeout)
  }

  private get family(): Family {
    return (this.known ??= this.families.family(this.name))
  }
}

/** The clients for the keyed servers of this name; `T` is their class. */
export const clientsOf = <T>(name: string, families: Families): PeeperClients<T> =>
  new FamilyClients(name, families) as unknown as PeeperClients<T>
