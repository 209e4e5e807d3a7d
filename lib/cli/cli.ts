import { readFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { isError, messageOf, textOf } from '../engine/exit.js'
import { exportServers } from './commands/export.js'
import { importServers } from './commands/import.js'
import { list } from './commands/list.js'
import { show } from './commands/show.js'
import { upgradeServers } from './commands/upgrade.js'
import type { Command, Given } from './command.js'
import { generalHelp, generalOptions, helpOf, storeOptions } from './help.js'
import { isBrokenPipe, Output } from './output.js'
import { Progress } from './progress.js'
import { storeOf } from './stores.js'
import { UsageError } from './usage-error.js'

const commands: Readonly<Record<string, Command>> = {
  list,
  show,
  export: exportServers,
  import: importServers,
  upgrade: upgradeServers,
}

const commandOf = (name: string): Command => {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) return command
  throw new UsageError(`there is no command '${name}': there are ${Object.keys(commands).join(', ')}`)
}

/** Runs a command line. Answers the exit code; all that is wrong is said in a line to `stderr`. */
export const run = async (args: readonly string[], stdout: Writable, stderr: Writable): Promise<number> => {
  const say = (line: string): void => void stderr.write(`${line}\n`)
  const out = new Output(stdout)
  stderr.on('error', () => undefined) // who does not want to hear it need not
  try {
    return await act(args, out, say)
  } catch (error) {
    if (isBrokenPipe(error)) return 0
    const isUsage = error instanceof UsageError
    say(`nestjs-peeper: ${wordsOf(error)}${isUsage ? '. See nestjs-peeper --help' : ''}`)
    return isUsage ? 2 : 1
  }
}

const act = async (args: readonly string[], out: Output, say: (line: string) => void): Promise<number> => {
  const [name, ...rest] = args
  if (name === undefined) throw new UsageError(`say which command it is: ${Object.keys(commands).join(', ')}`)
  if (name.startsWith('-')) {
    const { options } = parse(args, generalOptions)
    await out.line(options.version === true ? packageVersion() : generalHelp(commands))
    await out.flush()
    return 0
  }
  const command = commandOf(name)
  const given = parse(rest, { ...generalOptions, ...storeOptions, ...command.options })
  if (given.options.help === true) {
    await out.line(helpOf(name, command))
    await out.flush()
    return 0
  }
  check(name, command, given)
  const report = (error: Error): void => {
    say(error.message)
  }
  const keeper = await storeOf(given.options, { report, makes: command.makes })
  try {
    await keeper.open?.()
    const code = await command.run({ ...given, keeper, out, say, progress: new Progress(name, say) })
    await out.flush()
    return code
  } finally {
    await keeper.close?.()
  }
}

const parse = (
  args: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
): Given => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return { options: values, positionals }
  } catch (error) {
    throw new UsageError(firstSentence(messageOf(error)))
  }
}

const firstSentence = (text: string): string => text.split(/\.?\n|\. /)[0] ?? text

const check = (name: string, command: Command, given: Given): void => {
  const { length } = given.positionals
  if (length < command.least || length > command.most)
    throw new UsageError(`${name} takes ${command.takes === '' ? 'no name' : command.takes}`)
  command.check?.(given)
}

const packageVersion = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

// A refused connection to several addresses is an error without words, of errors that have some.
const wordsOf = (error: unknown): string => {
  const words = messageOf(error)
  const { errors, code } = error as { errors?: unknown; code?: unknown }
  if (words !== '' || !isError(error)) return words
  return Array.isArray(errors) && errors.length > 0 ? messageOf(errors[0]) : textOf(code ?? error.name)
}
