import { BadOptionError, NoSuchKeeperError } from '../errors.js'
import type { Keeper } from './keeper.js'

/** What the servers of an engine keep their states in: the keeper of all, others by name, and those that a server brought itself. */
export class Keepers {
  private readonly known: Set<Keeper>
  private readonly byName: ReadonlyMap<string, Keeper>

  /** @throws BadOptionError */
  constructor(
    private readonly main: Keeper,
    named: Readonly<Record<string, Keeper>> = {},
  ) {
    this.byName = new Map(Object.entries(named))
    for (const [name, keeper] of this.byName) check('keepers', name, keeper)
    this.known = new Set([main, ...this.byName.values()])
  }

  /**
   * The keeper that a server asks for, by its name or as it is; if for none, that of all.
   *
   * @throws NoSuchKeeperError, BadOptionError
   */
  of({ name, keeper }: { readonly name: string; readonly keeper?: Keeper | string | undefined }): Keeper {
    if (keeper === undefined) return this.main
    const found = typeof keeper === 'string' ? this.byName.get(keeper) : keeper
    if (found === undefined) throw new NoSuchKeeperError(name, String(keeper), [...this.byName.keys()])
    check(`server '${name}'`, 'keeper', found)
    this.known.add(found)
    return found
  }

  /** Opens the stores that are not open. */
  async open(): Promise<void> {
    for (const keeper of this.known) await keeper.open?.()
  }

  /** Closes all, and rejects then if one could not be. */
  async close(): Promise<void> {
    const closed = [...this.known].map(async keeper => keeper.close?.())
    await Promise.allSettled(closed)
    await Promise.all(closed)
  }
}

const check = (where: string, option: string, keeper: Keeper): void => {
  if (typeof (keeper as Partial<Keeper> | null)?.commit !== 'function')
    throw new BadOptionError(where, option, keeper, 'a keeper, such as memoryKeeper()')
}
