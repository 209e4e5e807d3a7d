/** Its instances contain themselves; what is sent of them does not. */
export class Graph {
  /** Cannot one be made here now? */
  static isFragile = false

  readonly self: Graph = this

  constructor(readonly name: string) {}

  toState(): string {
    return this.name
  }

  static fromState(name: string): Graph {
    if (Graph.isFragile) throw new Error('it does not hold')
    return new Graph(name)
  }
}
