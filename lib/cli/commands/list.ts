import type { Command, Given } from '../command.js'
import { textOf } from '../command.js'
import { UsageError } from '../usage-error.js'
import { identity } from '../written-server.js'

const limitOf = (given: Given): number => {
  const text = textOf(given, 'limit')
  if (text === undefined) return Infinity
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(`--limit takes a whole number, not '${text}'`)
}

export const list: Command = {
  summary: 'the servers that are stored',
  takes: '[name]',
  least: 0,
  most: 1,
  makes: false,
  options: {
    after: { type: 'string', takes: '<key>', help: 'those whose keys come behind this one' },
    limit: { type: 'string', takes: '<n>', help: 'at most so many' },
  },
  notes: [
    'A line each: {"name":"lot","key":"42"}. With a name, those of this name.',
    "--after is the last key of the page before, and needs a name. The order is the store's own.",
  ],
  check(given) {
    limitOf(given)
    if (given.positionals.length === 0 && textOf(given, 'after') !== undefined)
      throw new UsageError('--after takes a key, and needs the name of the servers that have it')
  },
  async run({ keeper, out, progress, ...given }) {
    const [name] = given.positionals
    let left = limitOf(given)
    if (left === 0) return 0
    for await (const server of keeper.list(name, textOf(given, 'after'))) {
      if (name !== undefined && server.name !== name) continue // a store may not be able to tell them apart
      await out.line(identity(server))
      progress.server()
      left -= 1
      if (left === 0) break
    }
    return 0
  },
}
