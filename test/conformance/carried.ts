import { Contexts } from '../../dist/engine/isolation/contexts.js'
import { Host } from '../../dist/engine/isolation/host.js'
import { child } from '../../dist/engine/isolation/site/child.js'
import type { Loss } from 'nestjs-peeper/engine'
import type { OpenSite, Site } from '../../dist/engine/isolation/site/site.js'
import { thread } from '../../dist/engine/isolation/site/thread.js'

type Post = Site['post']

const echo = new URL('./echo.js', import.meta.url)

/** Who hears what comes back, first in it. */
const HEAD = 4

/**
 * Isolated servers whose handlers run in this thread, as those of a test have to that share memory with it. Whatever they and their supervisor say to
 * each other goes through a real thread or a real process, and comes back from there: by the very lines that would carry it if the handlers ran there.
 */
export class Carrier {
  private site: Site | undefined = undefined
  private hasEnded = false
  private readonly hearers = new Map<number, Post>()
  private last = 0
  private underway = 0
  private hasCome = false
  private arrived: Promise<void> | undefined = undefined
  private allArrived: () => void = () => undefined

  constructor(private readonly level: 'thread' | 'process') {}

  readonly open: OpenSite = (told, hosted, contexts) => {
    const toEngine = this.way(told.came)
    const host = new Host(toEngine.post, this.level === 'thread', contexts)
    const toHost = this.way(host.receive)
    host.serve(hosted)
    return {
      post: toHost.post,
      kill: () => {
        toEngine.close()
        toHost.close()
        host.end()
        return Promise.resolve()
      },
    }
  }

  /** While something is underway, or has come since this was asked, a promise until nothing is. */
  busy(): Promise<void> | undefined {
    if (this.underway > 0) return (this.arrived ??= new Promise(resolve => (this.allArrived = resolve)))
    if (!this.hasCome) return undefined
    this.hasCome = false
    return Promise.resolve()
  }

  async end(): Promise<void> {
    const { site } = this
    if (site === undefined) throw new Error('there was nothing to carry: are these servers isolated?')
    this.hasEnded = true
    await site.kill()
  }

  /** A way to this one, until it is closed. */
  private way(hear: Post): { readonly post: Post; close(): void } {
    const to = (this.last += 1)
    this.hearers.set(to, hear)
    return {
      post: (bytes, moved) => {
        const addressed = Buffer.alloc(HEAD + bytes.length)
        addressed.writeUInt32LE(to)
        addressed.set(bytes, HEAD)
        this.underway += 1
        this.site ??= this.begin()
        this.site.post(addressed, moved)
      },
      close: () => this.hearers.delete(to),
    }
  }

  private begin(): Site {
    const open = this.level === 'thread' ? thread : child
    const ended = ({ how }: Loss): void => {
      if (!this.hasEnded) throw new Error(`the ${this.level} that carries has ended: ${how}`)
    }
    return open(echo, undefined)({ came: this.came, ended }, () => undefined, new Contexts())
  }

  private readonly came: Post = (bytes, moved) => {
    const addressed = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
    try {
      this.hearers.get(addressed.readUInt32LE())?.(addressed.subarray(HEAD), moved)
    } finally {
      this.underway -= 1
      this.hasCome = true
      if (this.underway === 0) {
        this.allArrived()
        this.arrived = undefined
      }
    }
  }
}
