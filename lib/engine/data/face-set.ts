import type { Cursor } from './cursor.js'
import type { SetNode } from './draft-set.js'
import { CollectionFace, dressAs } from './face.js'
import { Face } from './node.js'

/** What the handler sees: a Set by its prototype, without a Set's own store. */
export class SetFace extends CollectionFace<SetNode> {
  add(member: unknown): this {
    Face.live(this).add(member)
    return this
  }

  keys(): Cursor<unknown> {
    return this.values()
  }

  values(): Cursor<unknown> {
    const node = Face.live(this)
    return node.iterate(member => node.show(member))
  }

  entries(): Cursor<[unknown, unknown]> {
    const node = Face.live(this)
    return node.iterate(member => {
      const shown = node.show(member)
      return [shown, shown]
    })
  }
}

dressAs(SetFace.prototype, Set.prototype, 'values')
