import type { Identity } from '../../engine/identity.js'
import { messageOf } from '../../engine/exit.js'
import type { Keeper, Kept } from '../../engine/keeper/keeper.js'
import { StateChange } from '../../engine/keeper/state-change.js'
import type { Program } from '../../engine/worker/program.js'
import { toJson } from '../../keepers/record/to-json.js'
import { identityAt, serversAt } from '../address.js'
import type { Command, Given } from '../command.js'
import { exportsOf } from '../exports.js'
import { count } from '../progress.js'
import { upgraded } from '../upgraded.js'
import { UsageError } from '../usage-error.js'
import { Wakes } from '../wakes.js'
import { identity, object } from '../written-server.js'

export const upgradeServers: Command = {
  summary: 'stored states of older versions, by @CodeChange',
  takes: '[name[/<key>]]',
  least: 0,
  most: 1,
  makes: false,
  options: {
    module: {
      type: 'string',
      multiple: true,
      takes: '<module>',
      help: 'a compiled module that exports classes under @PeeperServer(), or Nest modules that provide them',
    },
    'dry-run': { type: 'boolean', help: 'write nothing: only say what would happen' },
  },
  notes: [
    'A line for each server whose version is not that of its class: {"server":{…},"from":1,"to":3,"result":"ok"}; or "failed", with "error".',
    'Nothing is started or injected: @CodeChange has the state alone. Where a server changed meanwhile, nothing is written.',
    'The exit code is 1 if a state cannot be upgraded.',
  ],
  check(given) {
    if (modulesOf(given).length === 0)
      throw new UsageError('upgrade needs --module <module>: where the classes are that know how')
    const [address] = given.positionals
    if (address !== undefined) identityAt(address)
  },
  async run({ keeper, out, progress, say, ...given }) {
    const programs = await programsOf(modulesOf(given))
    const isDry = given.options['dry-run'] === true
    const wakes = isDry ? new Wakes() : await Wakes.of(keeper)
    const counts = { ok: 0, failed: 0, unknown: 0 }
    for await (const server of serversAt(keeper, given.positionals[0])) {
      progress.server()
      const program = programs.get(server.name)
      if (program === undefined) {
        counts.unknown += 1
        continue
      }
      const change = new Upgrade(keeper, server, program, wakes.at(server))
      const line = await change.run(isDry)
      if (line === undefined) continue
      counts[change.isDone ? 'ok' : 'failed'] += 1
      await out.line(line)
    }
    const unknown = `; ${count(counts.unknown, 'is', 'are')} of no class of the module`
    say(
      `${isDry ? 'would upgrade' : 'upgraded'} ${counts.ok} of ${count(progress.servers, 'server', 'servers')}; ${counts.failed} failed` +
        (counts.unknown === 0 ? '' : unknown),
    )
    return counts.failed === 0 ? 0 : 1
  },
}

/** What becomes of one server. */
class Upgrade {
  isDone = false

  constructor(
    private readonly keeper: Keeper,
    private readonly server: Identity,
    private readonly program: Program,
    private readonly wakeAt: number | undefined,
  ) {}

  /** Answers a line on it; none if there is nothing to do. */
  async run(isDry: boolean): Promise<string | undefined> {
    let from: number | undefined
    try {
      const kept = await this.keeper.load(this.server)
      if (kept === undefined || kept.version === this.program.version) return undefined
      from = kept.version
      await this.change(kept, isDry)
      this.isDone = true
      return this.line(from, undefined)
    } catch (error) {
      return this.line(from, messageOf(error))
    }
  }

  private async change(kept: Kept, isDry: boolean): Promise<void> {
    const { program, server, keeper } = this
    const state = program.data.keep(kept.state)
    const next = await upgraded(server, program, { ...kept, state })
    if (isDry) return
    const revision = kept.revision + 1
    const change = new StateChange(state, next, revision, program.version, undefined, this.wakeAt)
    await keeper.commit(server, change, kept.revision)
  }

  private line(from: number | undefined, error: string | undefined): string {
    return object({
      server: identity(this.server),
      from: from === undefined ? undefined : String(from),
      to: String(this.program.version),
      result: error === undefined ? '"ok"' : '"failed"',
      error: error === undefined ? undefined : toJson(error),
    })
  }
}

const modulesOf = ({ options }: Given): readonly string[] =>
  Array.isArray(options.module) ? options.module.map(String) : []

// Loaded here: the other commands need no Nest.
const programsOf = async (paths: readonly string[]): Promise<ReadonlyMap<string, Program>> => {
  const { Released } = await import('../released.js')
  const released = new Released()
  for (const path of paths)
    for (const value of (await exportsOf(path, '--module')).values()) released.add(value)
  let programs: ReadonlyMap<string, Program>
  try {
    programs = released.programs()
  } catch (error) {
    throw new UsageError(`--module: ${messageOf(error)}`)
  }
  if (programs.size === 0)
    throw new UsageError(
      `--module ${paths.join(', ')}: it exports no class under @PeeperServer(), and no Nest module with one`,
    )
  return programs
}
