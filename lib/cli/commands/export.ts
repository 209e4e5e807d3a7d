import { addressOf, type Identity } from '../../engine/identity.js'
import type { Kept } from '../../engine/keeper/keeper.js'
import { messageOf } from '../../engine/exit.js'
import { identityAt, serversAt } from '../address.js'
import type { Command, Session } from '../command.js'
import { count } from '../progress.js'
import { isBrokenPipe } from '../output.js'
import { brokenLine, endLine, entryLines, serverLine } from '../written-server.js'
import { Wakes } from '../wakes.js'

export const exportServers: Command = {
  summary: 'servers as JSON lines, with all they have',
  takes: '[name[/<key>]]',
  least: 0,
  most: 1,
  makes: false,
  options: {},
  notes: [
    'A line for each server; if it has tables, a line for each entry and one for its end follow.',
    'What cannot be read is named, the others are exported, and the exit code is 1.',
  ],
  check({ positionals: [address] }) {
    if (address !== undefined) identityAt(address)
  },
  async run(session) {
    const { keeper, positionals, progress, say } = session
    const wakes = await Wakes.of(keeper)
    let failed = 0
    for await (const server of serversAt(keeper, positionals[0]))
      try {
        const kept = await keeper.load(server)
        if (kept === undefined) continue // it went meanwhile
        await write(session, server, kept, wakes.at(server))
        progress.server()
      } catch (error) {
        if (isBrokenPipe(error)) throw error
        failed += 1
        say(`'${addressOf(server)}' was not exported: ${messageOf(error)}`)
      }
    if (positionals[0] !== undefined && progress.servers + failed === 0) {
      say(`nothing is stored of '${positionals[0]}'`)
      return 1
    }
    say(`exported ${progress.counted}${failed === 0 ? '' : `; ${count(failed, 'server', 'servers')} failed`}`)
    return failed === 0 ? 0 : 1
  },
}

const write = async (
  { keeper, out, progress }: Session,
  server: Identity,
  kept: Kept,
  wakeAt: number | undefined,
): Promise<void> => {
  await out.line(serverLine(server, kept, wakeAt))
  if ((kept.tables ?? []).length === 0) return
  try {
    let entries = 0
    for await (const line of entryLines(kept)) {
      const written = out.line(line)
      if (written !== undefined) await written
      entries += 1
      progress.entry()
    }
    // An application may be at work on it, and entries are read one by one.
    if ((await keeper.load(server))?.revision !== kept.revision)
      throw new Error('it changed while it was read. Export it again')
    await out.line(endLine(server, entries))
  } catch (error) {
    if (!isBrokenPipe(error)) await out.line(brokenLine(server, messageOf(error)))
    throw error
  }
}
