import { ObjectNode } from './draft-object.js'
import { NODE } from './node.js'

/** An instance of a declared type: its own accessors run on the draft. */
export class TypedNode extends ObjectNode {
  override get(target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === NODE || Object.hasOwn(this.now, key)) return super.get(target, key, receiver)
    this.alive()
    return Reflect.get(this.base, key, receiver === undefined ? this.face : receiver)
  }

  protected override write(key: string, value: unknown): boolean {
    if (!Object.hasOwn(this.now, key)) {
      const accessor = accessorOf(this.base, key)
      if (accessor !== undefined) {
        accessor.set?.call(this.face, value)
        return accessor.set !== undefined
      }
    }
    return super.write(key, value)
  }
}

function accessorOf(instance: object, key: string): PropertyDescriptor | undefined {
  let prototype = Object.getPrototypeOf(instance) as object | null
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const found = key === '__proto__' ? undefined : Object.getOwnPropertyDescriptor(prototype, key)
    if (found !== undefined) return found.get !== undefined || found.set !== undefined ? found : undefined
  }
  return undefined
}
