import type { Command, Option } from './command.js'
import { stores } from './stores.js'

const NAME = 'nestjs-peeper'

const GENERAL: Readonly<Record<string, Option>> = {
  help: { type: 'boolean', help: 'this; after a command, what that takes' },
  version: { type: 'boolean', help: 'the version of the package' },
}

/** Of every command: where the servers are stored. */
export const storeOptions: Readonly<Record<string, Option>> = Object.fromEntries(
  Object.entries(stores).map(([name, { takes, help }]) => [name, { type: 'string', takes, help }]),
)

export const generalOptions = GENERAL

/** `npx nestjs-peeper --help` */
export const generalHelp = (commands: Readonly<Record<string, Command>>): string =>
  [
    `${NAME} <command> <store> [options]: what a keeper holds, as JSON lines`,
    '',
    'commands:',
    ...aligned(Object.entries(commands).map(([name, { takes, summary }]) => [`${name} ${takes}`, summary])),
    '',
    'stores, one of:',
    ...optionLines(storeOptions),
    '',
    'options:',
    ...optionLines(GENERAL),
    '',
    'Data goes to stdout, all else to stderr. Exit codes: 0, all was done; 1, something was not; 2, this cannot be meant.',
  ].join('\n')

/** `npx nestjs-peeper list --help` */
export const helpOf = (name: string, { takes, summary, options, notes }: Command): string =>
  [
    `${NAME} ${name} ${takes === '' ? '' : `${takes} `}<store> [options]: ${summary}`,
    '',
    ...notes,
    '',
    'stores, one of:',
    ...optionLines(storeOptions),
    ...(Object.keys(options).length === 0 ? [] : ['', 'options:', ...optionLines(options)]),
  ].join('\n')

const optionLines = (options: Readonly<Record<string, Option>>): string[] =>
  aligned(
    Object.entries(options).map(([name, { takes = '', help }]) => [`--${name} ${takes}`.trimEnd(), help]),
  )

const aligned = (rows: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
