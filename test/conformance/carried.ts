import { Host } from '../../dist/engine/isolation/host.js'
import { child } from '../../dist/engine/isolation/site/child.js'
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
  private readonly hearers = new Map<number, Post>()
  private last = 0
  private underway = 0
  private arrived: Promise<void> | undefined = undefined
  private allArrived: () => void = () => undefined

  constructor(private readonly level: 'thread' | 'process') {}

  readonly open: OpenSite = (told, hosted) => {
    let isOpen = true
    const whileOpen =
      (hear: Post): Post =>
      (...said) => {
        if (isOpen) hear(...said)
      }
    const toEngine = this.way(whileOpen(told.came))
    const host = new Host(toEngine, this.level === 'thread')
    const toHost = this.way(whileOpen(host.receive))
    host.serve(hosted)
    return {
      post: toHost,
      kill: () => {
        isOpen = false
        host.end()
        return Promise.resolve()
      },
    }
  }

  /** While something is underway, a promise until nothing is. */
  busy(): Promise<void> | undefined {
    if (this.underway === 0) return undefined
    return (this.arrived ??= new Promise(resolve => (this.allArrived = resolve)))
  }

  async end(): Promise<void> {
    await this.site?.kill()
    this.site = undefined
  }

  private way(hear: Post): Post {
    const to = (this.last += 1)
    this.hearers.set(to, hear)
    return (bytes, moved) => {
      const addressed = Buffer.alloc(HEAD + bytes.length)
      addressed.writeUInt32LE(to)
      addressed.set(bytes, HEAD)
      this.underway += 1
      this.carry(addressed, moved)
    }
  }

  private carry(...said: Parameters<Post>): void {
    const open = this.level === 'thread' ? thread : child
    this.site ??= open(echo, undefined)({ came: this.came, ended: () => undefined }, () => undefined)
    this.site.post(...said)
  }

  private readonly came: Post = (bytes, moved) => {
    const addressed = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
    try {
      this.hearers.get(addressed.readUInt32LE())?.(addressed.subarray(HEAD), moved)
    } finally {
      this.underway -= 1
      if (this.underway === 0) this.allArrived()
      if (this.underway === 0) this.arrived = undefined
    }
  }
}
