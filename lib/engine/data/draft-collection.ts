import { Cursor } from './cursor.js'
import { DraftNode } from './node.js'

/** A Map or a Set under draft. */
export abstract class CollectionNode<C extends Map<unknown, unknown> | Set<unknown>> extends DraftNode<C> {
  /** The iterations that stand in the base. */
  private cursors: Cursor<unknown>[] | null = null

  abstract has(key: unknown): boolean
  abstract delete(key: unknown): boolean

  clear(): void {
    if (this.now.size > 0) this.own().clear()
  }

  iterate<T>(show: (key: unknown) => T): Cursor<T> {
    this.whole = true
    const cursor = new Cursor(this.now.keys(), show, this)
    if (this.copy === null) (this.cursors ??= []).push(cursor)
    return cursor
  }

  protected abstract copied(): C

  protected own(): C {
    this.wrote()
    if (this.copy !== null) return this.copy
    const copy = this.copied()
    for (const cursor of this.cursors ?? []) cursor.moveTo(copy.keys())
    this.cursors = null
    return (this.copy = copy)
  }
}
