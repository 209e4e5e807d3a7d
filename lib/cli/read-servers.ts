import { addressOf, type Identity } from '../engine/identity.js'
import type { Change } from '../engine/keeper/keeper.js'
import { messageOf } from '../engine/exit.js'
import { JsonReader } from '../keepers/record/from-json.js'
import type { Line } from './lines.js'
import { ReadServer } from './read-server.js'

/** A server that can be written as it stands there. */
export interface Whole {
  readonly line: number
  readonly server: Identity
  readonly change: Change
}

/** Lines of which nothing can be written, and why. */
export interface Wrong {
  readonly line: number
  readonly what: string
}

/** The servers in lines that `export` wrote. Of what is wrong each is told once, and the next server is read as if nothing had been. */
export class ServerLines {
  private readonly json = new JsonReader()
  private open: ReadServer | undefined = undefined
  /** What follows belongs to a server that was wrong. */
  private skips = false

  async *read(lines: AsyncIterable<Line>): AsyncGenerator<Whole | Wrong> {
    for await (const { number, text } of lines) {
      try {
        yield* this.line(number, JSON.parse(text))
      } catch (error) {
        this.open = undefined
        this.skips = true
        yield { line: number, what: messageOf(error) }
      }
    }
    yield* this.unfinished()
  }

  private *line(number: number, line: unknown): Iterable<Whole | Wrong> {
    const isOne = (field: string): boolean =>
      typeof line === 'object' && line !== null && Object.hasOwn(line, field)
    if (isOne('server')) {
      yield* this.unfinished()
      this.open = new ReadServer(number, line as object, this.json)
      this.skips = false
      if (!this.open.hasTables) yield this.whole(this.open)
    } else if (isOne('entry')) this.opened('an entry').add(line as object)
    else if (isOne('end')) {
      const open = this.opened('an end')
      open.end(line as object)
      if (open !== NOBODY) yield this.whole(open as ReadServer)
      this.skips = false
    } else throw new Error('it is neither a server, nor an entry of a table, nor the end of a server')
  }

  private opened(what: string): Part {
    if (this.open === undefined && !this.skips)
      throw new Error(`it is ${what} of no server: none is before it`)
    return this.open ?? NOBODY
  }

  private whole({ line, server, change }: ReadServer): Whole {
    this.open = undefined
    return { line, server, change }
  }

  private *unfinished(): Iterable<Wrong> {
    const { open } = this
    this.open = undefined
    if (open === undefined) return
    const what = `'${addressOf(open.server)}' has no end: what was exported of it is not all here`
    yield { line: open.line, what }
  }
}

type Part = Pick<ReadServer, 'add' | 'end'>

const NOBODY: Part = Object.freeze({ add: () => undefined, end: () => undefined })
