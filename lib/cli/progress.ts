import { systemClock } from '../engine/clock.js'

const PATIENCE = 2_000 // ms
const PACE = 1_000

/** What has been done, a line a second once it takes long. Plain lines, so that a log can be read too. */
export class Progress {
  servers = 0
  entries = 0
  private readonly since = systemClock.now()
  private told = this.since + PATIENCE - PACE

  constructor(
    private readonly command: string,
    private readonly say: (line: string) => void,
  ) {}

  server(): void {
    this.servers += 1
    this.tell()
  }

  entry(): void {
    this.entries += 1
    if (this.entries % 256 === 0) this.tell()
  }

  private tell(): void {
    const now = systemClock.now()
    if (now - this.told < PACE) return
    this.told = now
    this.say(`${this.command}: ${this.counted}, ${Math.floor((now - this.since) / 1_000)} s …`)
  }

  /** `3 servers, 20 entries of tables`. */
  get counted(): string {
    const servers = count(this.servers, 'server', 'servers')
    return this.entries === 0
      ? servers
      : `${servers}, ${count(this.entries, 'entry of tables', 'entries of tables')}`
  }
}

/** `1 000 servers`. */
export const count = (n: number, one: string, many: string): string =>
  `${String(n).replace(/\B(?=(\d{3})+$)/g, ' ')} ${n === 1 ? one : many}`
