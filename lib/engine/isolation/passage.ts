import { replay } from '../data/patch.js'
import type { ExitReason } from '../exit.js'
import { noEffects, type Effects } from '../worker/effects.js'
import type { Birth } from '../worker/life.js'
import type { Program } from '../worker/program.js'
import type { Completion } from '../worker/worker.js'
import { keyOf } from '../tables/key.js'
import type { TableWrite, Writes } from '../tables/table-write.js'
import type { Border } from './border.js'
import type { Birthright, Done, Entries, PortableEffects } from './frames.js'

/** Makes of what a life says of itself across the border what this side has of it, and the other way at its birth. */
export class Passage {
  constructor(
    private readonly program: Program,
    private readonly birth: Birth,
    private readonly border: Border,
    /** Runs there what was put off until this turn is committed. */
    private readonly afterCommit: (turn: number) => void,
  ) {}

  completion(base: unknown, done: Done): Completion {
    const { data } = this.program
    const { patches, writes, effects, answer, value, directive, stop } = done
    return {
      state: patches === undefined ? base : data.keep(replay(base, patches), base),
      answer,
      value: answer === 'refuse' ? this.border.caught(value) : this.border.in(value),
      directive: directive && (this.border.in(directive) as Completion['directive']),
      stop: stop && (this.border.caught(stop) as ExitReason),
      effects: effects && this.effects(effects),
      writes: writes && this.writes(writes),
    }
  }

  effects({ afterCommit: turn, ...effects }: PortableEffects): Effects {
    const run = (): void => {
      if (turn !== undefined) this.afterCommit(turn)
    }
    return {
      ...noEffects(),
      ...(this.border.in(effects) as Omit<Effects, 'afterCommit'>),
      afterCommit: turn === undefined ? [] : [run],
    }
  }

  birthright(program: string): Birthright {
    const { server, name, key, worker, restarts, cause, holdings } = this.birth
    return {
      program,
      server,
      name,
      key,
      worker,
      restarts,
      cause: cause && (this.border.thrown(cause) as ExitReason),
      tables: holdings.tables(),
      dictionary: holdings.dictionary.size === 0 ? undefined : holdings.dictionary,
    }
  }

  /** All entries of a table, as they are kept. It is loaded here too, for those who read it from here. */
  async entries(name: string): Promise<Entries> {
    const table = this.birth.holdings.table(name)
    await table?.load(this.program.data)
    const entries: (readonly [unknown, unknown])[] = []
    for (const entry of table?.completed.walk() ?? [])
      if (entry.op === 'set') entries.push([entry.key, entry.value])
    return entries
  }

  private writes({ kept, local, dictionary }: NonNullable<Done['writes']>): Writes {
    const { data } = this.program
    const { holdings } = this.birth
    const own = (write: TableWrite): TableWrite =>
      write.op === 'set'
        ? { ...write, key: keyOf(write.key, data), value: data.keep(write.value) }
        : write.op === 'delete'
          ? { ...write, key: keyOf(write.key, data) }
          : write
    const next = dictionary && data.keep(replay(holdings.dictionary, dictionary), holdings.dictionary)
    return { kept: kept.map(own), local: local.map(own), dictionary: next as Writes['dictionary'] }
  }
}
