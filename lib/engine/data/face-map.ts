import type { Cursor } from './cursor.js'
import type { MapNode } from './draft-map.js'
import { CollectionFace, dressAs } from './face.js'
import { Face } from './node.js'

/**
 * What the handler sees: a Map by its prototype, without a Map's own store, so that nothing can get round the draft.
 *
 * What looks for that store finds an empty object: `structuredClone(state.map)` is `{}`, without an error. `new Map(state.map)` is
 * the copy to take.
 */
export class MapFace extends CollectionFace<MapNode> {
  get(key: unknown): unknown {
    return Face.live(this).get(key)
  }

  set(key: unknown, value: unknown): this {
    Face.live(this).set(key, value)
    return this
  }

  keys(): Cursor<unknown> {
    const node = Face.live(this)
    return node.iterate(key => node.showKey(key))
  }

  values(): Cursor<unknown> {
    const node = Face.live(this)
    return node.iterate(key => node.get(key))
  }

  entries(): Cursor<[unknown, unknown]> {
    const node = Face.live(this)
    return node.iterate(key => [node.showKey(key), node.get(key)])
  }
}

dressAs(MapFace.prototype, Map.prototype, 'entries')
