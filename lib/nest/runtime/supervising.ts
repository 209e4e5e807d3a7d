import type { Type } from '@nestjs/common'
import { BadOptionError } from '../../engine/errors.js'
import type { SupervisorChild, SupervisorStart } from '../../engine/tree/options.js'
import { NotAServerError, NotProvidedError, SupervisorCycleError, TwoParentsError } from '../errors.js'
import { serverOf, supervisorOf, type DeclaredSupervisor } from '../metadata.js'
import type { ChildRef } from '../options.js'

/** Supervisors as they are declared, and which servers there are. */
export interface Declared {
  readonly supervisors: readonly DeclaredSupervisor[]
  /** Is there a server of this name among the providers? */
  hasServer(name: string): boolean
  /** Is it many of one name? */
  isKeyed(name: string): boolean
}

/**
 * The declared supervisors of an application, as the engine starts them: those that are no other's child, with all that is under them.
 * Mistakes in the wiring are errors.
 *
 * @throws NotAServerError, NotProvidedError, TwoParentsError, SupervisorCycleError
 */
export const forestOf = (declared: Declared): SupervisorStart[] => {
  const forest = new Forest(declared)
  return forest.roots()
}

class Forest {
  private readonly byName: ReadonlyMap<string, DeclaredSupervisor>
  /** The parent of each child, by their names. */
  private readonly parents = new Map<string, string>()

  constructor(private readonly declared: Declared) {
    this.byName = new Map(declared.supervisors.map(each => [each.name, each]))
  }

  roots(): SupervisorStart[] {
    const { supervisors } = this.declared
    for (const each of supervisors) this.claim(each)
    for (const { name } of supervisors) this.checkCycle(name)
    return supervisors.filter(({ name }) => !this.parents.has(name)).map(each => this.startOf(each))
  }

  private claim(parent: DeclaredSupervisor): void {
    for (const ref of parent.children ?? []) {
      const child = this.childOf(ref, parent)
      const name = typeof child === 'string' ? child : child.name
      const other = this.parents.get(name)
      if (other !== undefined) throw new TwoParentsError(name, [other, parent.name])
      this.parents.set(name, parent.name)
      if (typeof child !== 'string' && this.byName.get(name) !== child) this.claim(child) // it is declared right here
    }
  }

  private checkCycle(start: string): void {
    const way = [start]
    for (let at = this.parents.get(start); at !== undefined; at = this.parents.get(at)) {
      way.unshift(at)
      if (at === start) throw new SupervisorCycleError(way)
      if (way.indexOf(at, 1) > 0) return // it leads into a cycle of others, whose turn comes
    }
  }

  private startOf({ children = [], ...own }: DeclaredSupervisor): SupervisorStart {
    const parent = { ...own, children }
    return { ...own, children: children.map(ref => this.childStartOf(ref, parent)) }
  }

  private childStartOf(ref: ChildRef, parent: DeclaredSupervisor): SupervisorChild {
    const child = this.childOf(ref, parent)
    if (typeof child !== 'string') return this.startOf(child)
    return typeof ref === 'object' && 'server' in ref ? { ...ref, server: child } : child
  }

  /** A supervisor, or the name of a server. */
  private childOf(
    ref: ChildRef | undefined,
    { name: parent }: DeclaredSupervisor,
  ): DeclaredSupervisor | string {
    const asked = `the children of supervisor '${parent}'`
    if (typeof ref === 'object' && !('server' in ref)) return ref
    const given = typeof ref === 'object' ? ref.server : ref
    const name = typeof given === 'string' ? given : nameOf(given)
    if (name === undefined) throw new NotAServerError(given, asked)
    const supervisor = this.byName.get(name)
    if (supervisor !== undefined) return supervisor
    if (!this.declared.hasServer(name)) throw new NotProvidedError(given, asked)
    if (this.declared.isKeyed(name))
      throw new BadOptionError(asked, 'server', name, 'one that is not keyed: keyed ones start by themselves')
    return name
  }
}

const nameOf = (target: Type | undefined): string | undefined =>
  serverOf(target)?.name ?? supervisorOf(target)?.name
