import type { Clock, Timer } from '../../engine/clock.js'

/** ms over which entries of one kind are counted. */
export const WINDOW = 10_000

interface Stream {
  since: number
  written: number
  held: number
  summary: (held: number) => void
  timer: Timer | undefined
}

/** Lets the first few entries of a kind through; while they keep coming, one summary each 10 s stands for the rest. */
export class Flood {
  private readonly streams = new Map<string, Stream>()

  constructor(private readonly clock: Clock) {}

  /** Writes now, or lets `summary` tell later how many were held back; the last one held tells. */
  pass(kind: string, allowed: number, write: () => void, summary: (held: number) => void): void {
    const stream = this.streamOf(kind)
    if (stream.written < allowed) {
      stream.written += 1
      write()
      return
    }
    stream.held += 1
    stream.summary = summary
    if (stream.timer === undefined) this.wait(kind, stream)
  }

  /** Tells what is held back, and forgets all. */
  end(): void {
    for (const stream of this.streams.values()) {
      stream.timer?.cancel()
      if (stream.held > 0) stream.summary(stream.held)
    }
    this.streams.clear()
  }

  private streamOf(kind: string): Stream {
    const now = this.clock.now()
    const found = this.streams.get(kind)
    if (found !== undefined && (found.timer !== undefined || now - found.since < WINDOW)) return found
    const fresh: Stream = { since: now, written: 0, held: 0, summary: () => undefined, timer: undefined }
    this.streams.set(kind, fresh)
    return fresh
  }

  private wait(kind: string, stream: Stream): void {
    stream.timer = this.clock.after(WINDOW, () => {
      if (stream.held === 0) {
        this.streams.delete(kind)
        return
      }
      const { held } = stream
      stream.held = 0
      stream.summary(held)
      this.wait(kind, stream)
    })
    stream.timer.hold(false)
  }
}
