import type { Strategy } from 'nestjs-peeper/engine'

/** A server with its own budget of restarts, or a supervisor of such. */
export type Node = Leaf | Fork

export interface Leaf {
  readonly name: string
  readonly maxRestarts: number
}

export interface Fork extends Leaf {
  readonly strategy: Strategy
  readonly children: readonly Node[]
}

export const isFork = (node: Node): node is Fork => 'children' in node

export const forksOf = (node: Node): Fork[] => (isFork(node) ? [node, ...node.children.flatMap(forksOf)] : [])

export const leavesOf = (node: Node): Leaf[] => (isFork(node) ? node.children.flatMap(leavesOf) : [node])

/** OTP's rules in plain words: who ends and who starts, in which order, when a server crashes. No time passes, so no restart is forgotten. */
export class TreeModel {
  /** What happened: `a started`, `b stopped`, … */
  readonly log: string[] = []
  isDown = false
  private readonly used = new Map<string, number>()
  private readonly parents = new Map<string, Fork>()
  private readonly children = new Map<string, Node[]>()

  constructor(private readonly top: Fork) {
    this.learn(top)
  }

  start(node: Node = this.top): void {
    this.isDown = false
    this.used.set(node.name, 0)
    if (isFork(node)) for (const child of this.under(node)) this.start(child)
    this.tell(node, 'started')
  }

  crash(leaf: Leaf): void {
    if (this.spend(leaf)) {
      this.log.push(`${leaf.name} started`)
      return
    }
    this.log.push(`${leaf.name} down`)
    this.ended(leaf)
  }

  /** The leaf runs on, as the last of its new parent. */
  move(leaf: Leaf, to: Fork): void {
    const from = this.parentOf(leaf) as Fork
    if (from === to) return
    this.children.set(
      from.name,
      this.under(from).filter(child => child !== leaf),
    )
    this.under(to).push(leaf)
    this.parents.set(leaf.name, to)
    this.tell(leaf, 'moved')
  }

  parentOf({ name }: Node): Fork | undefined {
    return this.parents.get(name)
  }

  under({ name }: Fork): Node[] {
    return this.children.get(name) ?? []
  }

  // What a supervisor does about the end of a child, and its parent about its own.
  private ended(node: Node): void {
    const parent = this.parentOf(node)
    if (parent === undefined) {
      this.isDown = true
      return
    }
    const { strategy } = parent
    const children = this.under(parent)
    const others = children.filter(child => child !== node)
    if (!this.spend(parent)) {
      for (const child of others.reverse()) this.stop(child)
      this.tell(parent, 'down')
      this.ended(parent)
      return
    }
    const from = strategy === 'one_for_all' ? 0 : children.indexOf(node)
    const group = strategy === 'one_for_one' ? [node] : children.slice(from)
    for (const child of group.filter(each => each !== node).reverse()) this.stop(child)
    for (const child of group) this.start(child)
  }

  private stop(node: Node): void {
    if (isFork(node)) for (const child of [...this.under(node)].reverse()) this.stop(child)
    this.tell(node, 'stopped')
  }

  private spend({ name, maxRestarts }: Leaf): boolean {
    const used = this.used.get(name) ?? 0
    if (used >= maxRestarts) return false
    this.used.set(name, used + 1)
    return true
  }

  private tell(node: Node, what: string): void {
    this.log.push(`${node.name} ${isFork(node) ? 'supervisor-' : ''}${what}`)
  }

  private learn(fork: Fork): void {
    this.children.set(fork.name, [...fork.children])
    for (const child of fork.children) {
      this.parents.set(child.name, fork)
      if (isFork(child)) this.learn(child)
    }
  }
}
