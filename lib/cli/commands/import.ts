import { createReadStream, existsSync } from 'node:fs'
import { addressOf } from '../../engine/identity.js'
import { messageOf } from '../../engine/exit.js'
import type { Keeper } from '../../engine/keeper/keeper.js'
import { PeeperError } from '../../engine/errors.js'
import { textOf, type Command } from '../command.js'
import { linesOf } from '../lines.js'
import { count } from '../progress.js'
import { UsageError } from '../usage-error.js'
import { ServerLines, type Whole } from '../read-servers.js'

export const importServers: Command = {
  summary: 'servers out of JSON lines, as export writes them',
  takes: '',
  least: 0,
  most: 0,
  makes: true,
  options: {
    file: { type: 'string', takes: '<file>', help: 'where the lines are; default: what comes in' },
    replace: { type: 'boolean', help: 'write those too that are stored already: what was there is gone' },
  },
  notes: [
    'Each server is one commit, with the revision and the version that it had. One that is stored already is refused.',
    'Of what is wrong nothing is written; its line is named, the others go on, and the exit code is 1.',
    'An error of the store itself ends it. Stop the application first: it would not see what was replaced.',
  ],
  check(given) {
    const file = textOf(given, 'file')
    if (file !== undefined && !existsSync(file)) throw new UsageError(`there is no file '${file}'`)
  },
  async run({ keeper, progress, say, ...given }) {
    const file = textOf(given, 'file')
    const input = file === undefined ? process.stdin : createReadStream(file)
    let refused = 0
    const refuse = (line: number, what: string): void => {
      refused += 1
      say(`line ${line}: ${what}`)
    }
    const done = (): string =>
      `imported ${progress.counted}${refused === 0 ? '' : `; ${count(refused, 'server was', 'servers were')} refused`}`
    try {
      for await (const read of new ServerLines().read(linesOf(input)))
        if ('what' in read) refuse(read.line, `${read.what}. Nothing of this server was written`)
        else {
          const problem = await write(keeper, read, given.options.replace === true)
          if (problem !== undefined) {
            refuse(read.line, problem)
            continue
          }
          progress.entries += read.change.tables.filter(({ op }) => op === 'set').length
          progress.server()
        }
    } catch (error) {
      say(done())
      throw error
    }
    say(done())
    return refused === 0 ? 0 : 1
  },
}

/** Answers why it could not be. Throws what is no fault of this server. */
const write = async (
  keeper: Keeper,
  { server, change }: Whole,
  replaces: boolean,
): Promise<string | undefined> => {
  try {
    if (replaces) await keeper.remove(server)
    await keeper.commit(server, change, 0)
    return undefined
  } catch (error) {
    if (isStale(error))
      return replaces
        ? `'${addressOf(server)}' was written by somebody else meanwhile`
        : `'${addressOf(server)}' is stored already, and was left as it is: --replace takes its place`
    if (error instanceof PeeperError) return messageOf(error)
    throw error
  }
}

const isStale = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'PEEPER_STALE_OWNER'
