import type { Keeper } from '../engine/keeper/keeper.js'
import type { Output } from './output.js'
import type { Progress } from './progress.js'

/** An option, as `parseArgs` takes it, with what `--help` says of it. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  /** What stands for its value. */
  readonly takes?: string
  readonly help: string
}

/** What was typed after the options were taken out. */
export interface Given {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
}

/** What a command runs with. */
export interface Session extends Given {
  readonly keeper: Keeper
  /** Data, and nothing else. */
  readonly out: Output
  readonly progress: Progress
  /** A line to the user. */
  readonly say: (line: string) => void
}

/** One command of the command line. */
export interface Command {
  readonly summary: string
  /** What follows its name, without options. */
  readonly takes: string
  readonly most: number
  readonly least: number
  readonly options: Readonly<Record<string, Option>>
  /** Lines that `--help` ends with. */
  readonly notes: readonly string[]
  /** May it make a store that is not there? */
  readonly makes: boolean
  /** Throws a `UsageError` for what cannot be meant, before anything is opened. */
  check?(given: Given): void
  /** Answers the exit code. */
  run(session: Session): Promise<number>
}

/** The value of an option that takes one. */
export const textOf = ({ options }: Given, name: string): string | undefined => {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
