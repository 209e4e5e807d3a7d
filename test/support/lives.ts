import type { Callbacks, Context, ExitReason } from 'nestjs-peeper/engine'

/** Counts the workers of each key: a life begins with `init` and is over when `terminate` is. */
export class Lives {
  /** `+42` for each begin, `-42 because` for each end. */
  readonly log: string[] = []
  /** The most that lived of one key at a time. */
  most = 0
  private readonly living = new Map<string, number>()

  /** `terminate` waits for this. */
  last: () => unknown = () => undefined

  of(callbacks: Callbacks): Callbacks {
    return {
      ...callbacks,
      init: async (arg: unknown, { key = '' }: Context) => {
        this.log.push(`+${key}`)
        this.living.set(key, this.alive(key) + 1)
        this.most = Math.max(this.most, this.alive(key))
        await Promise.resolve()
        return arg
      },
      terminate: async (_: unknown, reason: ExitReason, { key = '' }: Context) => {
        await this.last()
        this.log.push(`-${key} ${JSON.stringify(reason)}`)
        this.living.set(key, this.alive(key) - 1)
      },
    }
  }

  alive(key: string): number {
    return this.living.get(key) ?? 0
  }
}
