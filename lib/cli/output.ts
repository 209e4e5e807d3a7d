import type { Writable } from 'node:stream'
import { systemClock } from '../engine/clock.js'

const FULL = 65_536 // characters
const LATE = 200 // ms

/** Lines of data to a stream that may be slow, or end before us. */
export class Output {
  private lines: string[] = []
  private size = 0
  private flushed = systemClock.now()

  constructor(private readonly stream: Writable) {
    stream.on('error', () => undefined) // told to who writes, below
  }

  /** To be awaited, if it answers a promise. That rejects once nobody reads any more. */
  line(text: string): Promise<void> | undefined {
    this.lines.push(text, '\n')
    this.size += text.length
    return this.size >= FULL || systemClock.now() - this.flushed > LATE ? this.flush() : undefined
  }

  flush(): Promise<void> {
    const text = this.lines.join('')
    this.lines = []
    this.size = 0
    this.flushed = systemClock.now()
    if (text === '') return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.stream.write(text, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  }
}

/** Has the reader of a pipe gone? Then nothing more is wanted of us. */
export const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
