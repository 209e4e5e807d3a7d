import type { Keeper } from 'nestjs-peeper/engine'

/** Ends this process where it stands: nothing that comes after this runs, no handler of an exit, no `finally`. */
export const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/** On which side of an operation a process dies; `'meanwhile'` once it has been asked for and has not answered. */
export type Side = 'before' | 'meanwhile' | 'after'

type Operation = 'load' | 'commit' | 'close'

/** A keeper whose process dies at the n-th time of an operation. */
export const dyingKeeper = (keeper: Keeper, operation: Operation, side: Side, nth = 1): Keeper => {
  let times = 0
  const at = async <T>(what: Operation, run: () => T | Promise<T>): Promise<T> => {
    if (what !== operation || (times += 1) !== nth) return run()
    if (side === 'before') die()
    const done = run()
    if (side === 'after') await done
    return die()
  }
  return {
    open: () => keeper.open?.(),
    load: server => at('load', () => keeper.load(server)),
    commit: (server, change, expected) => at('commit', () => keeper.commit(server, change, expected)),
    remove: server => keeper.remove(server),
    list: (name, after) => keeper.list(name, after),
    close: () => at('close', () => keeper.close?.()),
  }
}

type Write = (key: Buffer, ...rest: unknown[]) => Promise<boolean>

/** The process dies at the next transaction of an open keeper's driver that writes such a record, or removes it. */
export const dyingTransaction = (
  keeper: Keeper,
  isIt: (key: Buffer, method: 'put' | 'remove') => boolean,
  side: Side,
): void => {
  const { database } = (keeper as unknown as { store: { database: Record<Method, Write> } }).store
  const [ifVersion, put, remove] = METHODS.map(name => database[name].bind(database)) as [Write, Write, Write]
  let isInIt = false
  const watched =
    (method: 'put' | 'remove', write: Write): Write =>
    (key, ...rest) => {
      if (isIt(key, method)) isInIt = true
      if (isInIt && side === 'before') die() // nothing of it can be stored: the driver has not been told its end
      return write(key, ...rest)
    }
  database.put = watched('put', put)
  database.remove = watched('remove', remove)
  database.ifVersion = async (key, ...rest) => {
    const done = ifVersion(key, ...rest)
    if (!isInIt) return done
    if (side === 'after') await done
    else await new Promise(setImmediate) // the driver hands it on at the end of this turn
    return die()
  }
}

const METHODS = ['ifVersion', 'put', 'remove'] as const
type Method = (typeof METHODS)[number]
