import type { Ref } from '../ref.js'
import type { Program } from '../worker/program.js'
import type { Order, Report } from './frames.js'
import { Courier, delivered } from './courier.js'
import type { Loss } from './errors.js'
import type { IsolatedWorker } from './isolated-worker.js'

/** A thread or a child process, as it is reached. */
export interface Site {
  post(bytes: Uint8Array): void
  /** Ends it, whatever it is doing. Resolves once it has ended. */
  kill(): Promise<void>
}

/** How a site tells of itself. */
export interface Told {
  came(bytes: Uint8Array): void
  ended(loss: Loss): void
}

/** Opens a site. `hosted` are the callbacks as this side has them: what is in another thread has its own. */
export type OpenSite = (told: Told, hosted: (name: string) => Program | undefined) => Site

/** Finds whom those in a place speak to. */
export interface Surrounding {
  resolve(address: string): Ref
  post(address: string, kind: 'cast' | 'info', message: string, payload: unknown): void
}

/** Where workers live apart from here: what goes there and what comes from there. */
export class Place {
  private readonly workers = new Map<number, IsolatedWorker>()
  private readonly courier: Courier<Order>
  private readonly site: Site
  private lives = 0
  private left = 0
  private isGone = false

  constructor(
    open: OpenSite,
    hosted: (name: string) => Program | undefined,
    readonly surrounding: Surrounding,
    /** Told once, when it is gone. */
    private readonly gone: (place: Place) => void,
  ) {
    this.courier = new Courier(bytes => {
      if (!this.isGone) this.site.post(bytes)
    })
    const told: Told = {
      came: bytes => {
        for (const report of delivered(bytes)) this.heard(report as Report)
      },
      ended: loss => {
        this.end(loss)
      },
    }
    this.site = open(told, hosted)
  }

  /** How many live here. */
  get load(): number {
    return this.workers.size - this.left
  }

  /** One more lives here: its number. */
  take(worker: IsolatedWorker): number {
    this.workers.set((this.lives += 1), worker)
    return this.lives
  }

  /** One less, though what it left behind may still speak. */
  leave({ life }: IsolatedWorker): void {
    this.left += 1
    this.send({ op: 'dispose', life })
  }

  send(order: Order): void {
    this.courier.send(order)
  }

  /** Ends it, whatever it is doing, and with it all that lives here. */
  async kill(): Promise<void> {
    this.end({ exitCode: 0, cause: undefined })
    await this.site.kill()
  }

  private end(loss: Loss): void {
    if (this.isGone) return
    this.isGone = true
    this.gone(this)
    const workers = [...this.workers.values()]
    this.workers.clear()
    for (const worker of workers) worker.lost(loss)
  }

  private heard(report: Report): void {
    if (this.isGone) return
    switch (report.op) {
      case 'gone':
        if (this.workers.delete(report.life)) this.left -= 1
        return
      default:
        this.workers.get(report.life)?.heard(report)
    }
  }
}
