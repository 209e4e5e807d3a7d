/** A message and what its handler does, one after the other: calls (it waits) and casts (it does not). */
export interface Script {
  readonly id: number
  readonly actions: readonly {
    readonly kind: 'call' | 'cast'
    readonly to: string
    readonly script: Script
  }[]
}

interface Frame {
  readonly script: Script
  readonly server: string
  /** Who waits for its end. */
  readonly caller: Frame | undefined
  next: number
  /** Whom it waits for. */
  waitsFor: string | undefined
}

/** Servers that take one message at a time, and wait for each other: the plain picture of a wait-for graph. */
export class WaitModel {
  /** Calls that were refused: `3: a → b → a`. */
  readonly refused: string[] = []
  private readonly current = new Map<string, Frame>()
  private readonly queues = new Map<string, Frame[]>()

  send(server: string, script: Script, caller?: Frame): void {
    const frame: Frame = { script, server, caller, next: 0, waitsFor: undefined }
    if (this.current.has(server)) this.queueOf(server).push(frame)
    else this.current.set(server, frame)
  }

  /** The messages whose handlers can go on. */
  get ready(): number[] {
    return [...this.current.values()]
      .filter(({ waitsFor }) => waitsFor === undefined)
      .map(({ script }) => script.id)
      .sort((a, b) => a - b)
  }

  /** This handler does what it does next, or ends. */
  step(id: number): void {
    const frame = [...this.current.values()].find(({ script }) => script.id === id) as Frame
    const action = frame.script.actions[frame.next]
    frame.next += 1
    if (action === undefined) this.end(frame)
    else if (action.kind === 'cast') this.send(action.to, action.script)
    else {
      const way = this.way(frame.server, action.to)
      if (way !== undefined) this.refused.push(`${id}: ${way.join(' → ')}`)
      else {
        frame.waitsFor = action.to
        this.send(action.to, action.script, frame)
      }
    }
  }

  private end({ server, caller }: Frame): void {
    if (caller !== undefined) caller.waitsFor = undefined
    const next = this.queueOf(server).shift()
    if (next === undefined) this.current.delete(server)
    else this.current.set(server, next)
  }

  private way(from: string, to: string): string[] | undefined {
    const way = [from, to]
    for (let at = to; at !== from; way.push(at)) {
      const next = this.current.get(at)?.waitsFor
      if (next === undefined) return undefined
      at = next
    }
    return way
  }

  private queueOf(server: string): Frame[] {
    const queue = this.queues.get(server) ?? []
    this.queues.set(server, queue)
    return queue
  }
}
