import { StaleOwnerError } from '../../engine/keeper/errors.js'
import type { Change, Kept } from '../../engine/keeper/keeper.js'
import { Damages } from '../record/damages.js'
import { encode } from '../../engine/codec/encode.js'
import { encodeSlowly } from '../record/encode-slowly.js'
import { seal, unseal } from '../record/frame.js'
import { encodePatches, isReplaced } from '../../engine/codec/patches.js'
import { Unreadable, type Recovered } from '../record/recover.js'
import { isDue } from '../record/snapshots.js'
import type { Task } from '../record/tasks.js'
import type { Connection } from './connection.js'
import { decodeHead, sealHead, sealWhole } from './head.js'
import { recoverFrom, streamOf, type Stream } from './journal.js'
import type { Keys, ServerKeys } from './keys.js'
import type { Settings } from './options.js'
import * as scripts from './scripts.js'
import { StoredTables, tableWrites } from './stored-tables.js'

/** The state as a commit sends it. */
type Form = readonly [kind: 'whole' | 'snapshot' | 'patches' | 'same', head: Buffer, bytes: Buffer | '']

/** How long a journal is once a commit was made. */
type Length = readonly [stream: 's' | 'd', mark: string, bytes: number, snapshot: number, records: number]

interface Streams {
  readonly state: Recovered
  readonly dictionary: Recovered | undefined
}

/** What a store holds of one server. */
export class Records {
  private readonly damages: Damages

  constructor(
    private readonly connection: Connection,
    private readonly settings: Settings,
    private readonly store: Keys,
    private readonly keys: ServerKeys,
  ) {
    this.damages = new Damages(keys.address, settings.store, settings, settings.report)
  }

  /** `uncertain`: the token of a commit of which nobody knows whether it happened; it does not happen after this. */
  async load(uncertain = ''): Promise<Kept | undefined> {
    const { keys } = this
    const [found, record, s, d, tables] = (await this.connection.runForBytes(
      scripts.load,
      [keys.server, keys.state, keys.dictionary, keys.tables],
      [uncertain],
    )) as [Buffer | null, Buffer | null, unknown, unknown, Buffer[]]
    if (found === null) return undefined
    const revision = Number(found.toString())
    const head = this.damages.reading('head', () => headOf(record, revision))
    const [state, dictionary] = [streamOf(s), streamOf(d)]
    const read: Streams = {
      state:
        head.state === undefined
          ? this.recovered('state', state)
          : { value: this.damages.reading('head', head.state) },
      dictionary: dictionary && this.recovered('dictionary', dictionary, new Map()),
    }
    await this.mend(revision, 's', state, read.state)
    await this.mend(revision, 'd', dictionary, read.dictionary)
    const stored = new StoredTables(this.connection, keys, revision, (place, cause) => {
      this.damages.passOver(place, cause)
    })
    return {
      revision,
      version: head.version,
      state: read.state.value,
      tables: stored.all(tables),
      dictionary: read.dictionary?.value as Kept['dictionary'],
    }
  }

  /** Writes a change. Answers what is due then: snapshots, on nobody's time. */
  async commit(change: Change, expected: number, token: string): Promise<readonly Task[]> {
    const form = formOf(change, expected)
    const answer = await this.write(change, expected, token, form)
    if (answer[0] !== scripts.Answer.needsSnapshot) return this.due(change, token, answer)
    // It stood in its head, and has grown out of it.
    return this.due(change, token, await this.write(change, expected, token, snapshotOf(change)))
  }

  async remove(uncertain = ''): Promise<void> {
    const { keys, store } = this
    await this.connection.run(
      scripts.remove,
      [keys.server, store.servers, store.due, keys.state, keys.dictionary, keys.tables, keys.entries],
      [keys.address, uncertain],
    )
  }

  private async write(
    change: Change,
    expected: number,
    token: string,
    [kind, head, bytes]: Form,
  ): Promise<readonly unknown[]> {
    const { keys, store } = this
    const { revision, wakeAt, dictionary } = change
    const tables = tableWrites(change.tables, keys)
    const answer = (await this.connection.run(
      scripts.commit,
      [keys.server, store.servers, store.due, keys.state, keys.dictionary, keys.tables, ...tables.keys],
      [
        String(expected),
        String(revision),
        token,
        keys.address,
        wakeAt === undefined ? '' : String(wakeAt),
        head,
        kind,
        bytes,
        dictionary.length === 0 ? '' : seal(encodePatches(revision, dictionary)),
        ...tables.args,
      ],
    )) as readonly unknown[]
    if (answer[0] === scripts.Answer.stale)
      throw new StaleOwnerError(keys.address, expected, Number(answer[1]))
    return answer
  }

  private due(
    { state, revision }: Change,
    token: string,
    [, ...lengths]: readonly unknown[],
  ): readonly Task[] {
    if (lengths.length === 0) return NOTHING
    const tasks: Task[] = []
    for (const [stream, mark, bytes, snapshot, records] of lengths as Length[]) {
      if (!isDue(bytes, snapshot, this.settings.snapshot)) continue
      const run =
        stream === 'd'
          ? () => this.compactDictionary(token)
          : async () => {
              const value = await encodeSlowly(state)
              await this.cut('s', mark, `${revision}:${token}`, records, bytes, value)
            }
      tasks.push({ name: `${this.keys.address} ${stream}`, run })
    }
    return tasks
  }

  // A change says what is new in the dictionary alone: what was there is read again.
  private async compactDictionary(token: string): Promise<void> {
    const { server, dictionary } = this.keys
    const stream = streamOf(
      await this.connection.runForBytes(scripts.loadStream, [server, dictionary], ['d']),
    )
    if (stream === undefined) return
    const { value, damage } = recoverFrom(stream, 'dictionary', new Map())
    const { mark, last, records, bytes } = stream
    if (damage === undefined)
      await this.cut('d', mark, `${last}:${token}`, records.length, bytes, encode(value))
  }

  private async cut(
    stream: 's' | 'd',
    mark: string,
    next: string,
    records: number,
    bytes: number,
    value: Buffer,
    revision?: number,
  ): Promise<unknown> {
    const { server, state, dictionary } = this.keys
    return this.connection.run(
      scripts.cut,
      [server, stream === 's' ? state : dictionary],
      [
        stream,
        mark,
        next,
        String(records),
        String(bytes),
        seal(value),
        revision === undefined ? '' : String(revision),
      ],
    )
  }

  private recovered(name: 'state' | 'dictionary', stream: Stream | undefined, first?: unknown): Recovered {
    return this.damages.recovered(() => {
      if (stream === undefined) throw new Unreadable(`snapshot of the ${name}`, new Error('it is not there'))
      return recoverFrom(stream, name, first)
    })
  }

  // What could be read takes the place of what could not: the next changes are made on it.
  private async mend(
    revision: number,
    name: 's' | 'd',
    stream: Stream | undefined,
    found: Recovered | undefined,
  ): Promise<void> {
    if (stream === undefined || found?.damage === undefined) return
    const { mark, records, bytes } = stream
    const next = `${revision}:mended`
    const other = await this.cut(name, mark, next, records.length, bytes, encode(found.value), revision)
    if (other !== null) throw new StaleOwnerError(this.keys.address, revision, Number(other))
  }
}

const NOTHING: readonly never[] = Object.freeze([])

const headOf = (record: Buffer | null, revision: number): ReturnType<typeof decodeHead> => {
  if (record === null) throw new Error('it is not there')
  const head = decodeHead(unseal(record))
  if (head.revision !== revision)
    throw new Error(`it is of revision ${head.revision}, where ${revision} is stored`)
  return head
}

const formOf = (change: Change, expected: number): Form => {
  const { revision, state } = change
  const whole = sealWhole(change, state)
  if (whole !== undefined) return ['whole', whole, '']
  const patches = expected === 0 ? undefined : change.patches
  if (patches === undefined || isReplaced(patches)) return snapshotOf(change)
  const head = sealHead(change)
  return patches.length === 0 ? ['same', head, ''] : ['patches', head, seal(encodePatches(revision, patches))]
}

const snapshotOf = (change: Change): Form => ['snapshot', sealHead(change), seal(encode(change.state))]
