import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { Data } from '../data/data.js'
import { Border } from './border.js'
import { Borders } from './borders.js'
import { NotHostedError } from './errors.js'
import { programOf, type Program } from '../worker/program.js'
import { Courier, delivered, type Post } from './courier.js'
import type { Contexts, Crossing, Stores } from './contexts.js'
import type { Asked, Birthright, Order, Report, Telling } from './frames.js'
import { HostedLife } from './hosted-life.js'

/** Who waits for an answer, and how it comes in. */
interface Waiting {
  readonly border: Border
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Whose work is done: a life, and which of its turns. */
interface Work {
  readonly life: number
  readonly turn: number
}

/** No server's: the module itself, while it starts. */
const NOBODY: Work = { life: 0, turn: 0 }

/** All that lives in this thread or process for the servers of another. */
export class Host {
  private readonly lives = new Map<number, HostedLife>()
  private readonly asked = new Map<number, Waiting>()
  private readonly courier: Courier<Report>
  private readonly id = randomUUID().slice(0, 8)
  /** Whose handler runs: what it asks of others is asked in its name. */
  private readonly current = new AsyncLocalStorage<Work>()
  private readonly nobody: Crossing = {
    border: new Border(new Data(), [], []),
    report: (where, error) => {
      this.send({ op: 'error', life: NOBODY.life, where, error: this.nobody.border.thrown(error) })
    },
  }
  private readonly borders = new Borders()
  private tokens = 0
  private hosted: ((name: string) => Program | undefined) | undefined = undefined
  /** What came before it was known what is hosted. */
  private waiting: Order[] = []
  private closing: () => Promise<void> = () => Promise.resolve()

  /** `moves`: see `Courier`. */
  constructor(
    post: Post,
    moves: boolean,
    private readonly contexts: Contexts,
  ) {
    this.courier = new Courier(post, moves)
  }

  /** What is run before all ends. */
  onClose(close: () => Promise<void>): void {
    this.closing = close
  }

  /** From now on it hosts these. */
  serve(hosted: (name: string) => Program | undefined): void {
    this.hosted = hosted
    this.send({ op: 'ready', contexts: this.contexts.names })
    const { waiting } = this
    this.waiting = []
    for (const order of waiting) this.obey(order)
  }

  /** Orders have come. */
  readonly receive: Post = (bytes, moved) => {
    for (const order of delivered(bytes, moved)) this.obey(order as Order)
  }

  send(report: Report): void {
    this.courier.send(report)
  }

  /** Sends at once what waits to be sent. */
  flush(): void {
    this.courier.flush()
  }

  /** The border of whoever's handler runs. */
  get here(): Border {
    return this.crossing(this.work.life).border
  }

  /** Asks the main side. */
  ask(asked: Asked): Promise<unknown> {
    const ask = (this.tokens += 1)
    return new Promise((resolve, reject) => {
      this.asked.set(ask, { resolve, reject, border: this.here })
      this.send({ op: 'ask', ...this.work, ask, asked, stores: this.stores })
    })
  }

  /** Tells a server of the main side. */
  tell(telling: Telling): void {
    this.send({ op: 'tell', ...this.work, telling, stores: this.stores })
  }

  /** Runs what is this life's to do, in the contexts that came with it; those of which nothing came are empty. */
  inside<T>(life: number, turn: number, work: () => T, stores?: Stores): T {
    const { current, contexts } = this
    if (contexts.none === undefined) return current.run({ life, turn }, work)
    const all = { ...contexts.none, ...stores }
    return current.run({ life, turn }, () => contexts.inside(all, this.crossing(life), work))
  }

  private get work(): Work {
    return this.current.getStore() ?? NOBODY
  }

  private get stores(): Stores | undefined {
    return this.contexts.read(this.crossing(this.work.life))
  }

  private crossing(life: number): Crossing {
    return this.lives.get(life) ?? this.nobody
  }

  /** This thread or process ends: by whom, if it does so by itself. */
  exits(): void {
    this.send({ op: 'culprit', life: this.work.life })
    this.flush()
  }

  /** A token unlike any other. */
  nextId(): string {
    return `${this.id}.${(this.tokens += 1)}`
  }

  /** Nothing is hosted any more. An enabled AsyncLocalStorage that is forgotten would slow the process for ever. */
  end(): void {
    this.current.disable()
  }

  /** Nothing of this life is left. */
  bury(life: number): void {
    this.lives.delete(life)
    this.send({ op: 'gone', life })
  }

  private obey(order: Order): void {
    if (order.op === 'ping') {
      this.send({ op: 'pong' })
      return
    }
    if (order.op === 'answer') {
      const waiting = this.asked.get(order.ask)
      this.asked.delete(order.ask)
      try {
        if ('error' in order) waiting?.reject(waiting.border.caught(order.error))
        else waiting?.resolve('entries' in order ? order.entries : waiting.border.in(order.value))
      } catch (error) {
        waiting?.reject(error)
      }
      return
    }
    if (order.op === 'close') {
      void this.closing().finally(() => {
        this.send({ op: 'closed' })
      })
      return
    }
    if (this.hosted === undefined) {
      this.waiting.push(order)
      return
    }
    const { life } = order
    if (order.op === 'born') {
      this.lives.set(life, this.born(life, order.birth))
      this.send({ op: 'born', life })
    } else this.lives.get(life)?.obey(order)
  }

  private born(life: number, birth: Birthright): HostedLife {
    const program = this.hosted?.(birth.program) ?? stillborn(birth.program)
    return new HostedLife(this, life, birth, program, this.borders.of(program))
  }
}

/** What fails whatever is asked of it. */
const stillborn = (name: string): Program => {
  const fail = (): never => {
    throw new NotHostedError(name)
  }
  return programOf({ init: fail, codeChange: fail })
}
