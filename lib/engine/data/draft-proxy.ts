import { DraftNode, type Root } from './node.js'

/** An object or an array under draft. The node is its own proxy handler. */
export abstract class ProxyNode<B extends object>
  extends DraftNode<B, string>
  implements ProxyHandler<object>
{
  readonly face: object

  constructor(root: Root, base: B, target: object) {
    super(root, base)
    this.face = new Proxy(target, this)
  }

  abstract get(target: object, key: string | symbol, receiver: unknown): unknown

  abstract set(target: object, key: string | symbol, value: unknown, receiver: unknown): boolean

  abstract deleteProperty(target: object, key: string | symbol): boolean

  has(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    return key in this.now
  }

  ownKeys(): (string | symbol)[] {
    if (this.root.ended) this.alive()
    this.whole = true
    return Reflect.ownKeys(this.now)
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.now, key)) return undefined
    // Of the target's own properties there is one, the length of an array: a proxy has to say the same of it.
    const free = !Object.hasOwn(target, key)
    return { value: this.get(target, key, undefined), writable: true, enumerable: free, configurable: free }
  }

  getPrototypeOf(): object | null {
    if (this.root.ended) this.alive()
    return Object.getPrototypeOf(this.base) as object | null
  }

  defineProperty(): boolean {
    throw new TypeError('A draft takes plain values: assign the property instead of defining it.')
  }

  setPrototypeOf(): boolean {
    throw new TypeError('The prototype of a draft cannot be changed.')
  }

  preventExtensions(): boolean {
    throw new TypeError('A draft cannot be frozen: the state is frozen when the handler is done.')
  }

  /** Answers our own question of who is behind the proxy. */
  protected answer(receiver: unknown): this | undefined {
    return receiver === this.face ? this : undefined
  }
}
