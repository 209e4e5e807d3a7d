import type { Supervisor } from './supervisor/supervisor.js'
import type { Surroundings } from './surroundings.js'
import { within } from './within.js'

/** How an engine comes to its end: the door closes, what was accepted is served, every server ends, the keepers close. */
export class Closing {
  private draining: Promise<void> | undefined = undefined
  private closing: Promise<void> | undefined = undefined

  constructor(
    private readonly surroundings: Surroundings,
    private readonly root: Supervisor,
  ) {}

  drain(timeout: number): Promise<void> {
    return (this.draining ??= this.drainAll(timeout))
  }

  close(timeout: number): Promise<void> {
    return (this.closing ??= this.closeAll(timeout))
  }

  private async drainAll(timeout: number): Promise<void> {
    const { intake, registry, clock, alarm } = this.surroundings
    alarm.end()
    intake.close(registry.all().flatMap(({ home }) => home.life?.currentTurn() ?? []))
    const drained = async (): Promise<void> => {
      while (registry.all().some(({ home }) => !home.isDrained))
        await Promise.all(registry.all().map(server => server.drained()))
    }
    await within(clock, timeout, drained(), () => new DrainTimeout()).catch((error: unknown) => {
      if (!(error instanceof DrainTimeout)) throw error
    })
  }

  private async closeAll(timeout: number): Promise<void> {
    const { intake, waiting, registry, isolation, keepers, events, deadLetters } = this.surroundings
    await this.drain(timeout)
    intake.lock()
    await this.root.stop('shutdown')
    await isolation.close()
    const flushed = keepers.close()
    await Promise.allSettled([flushed])
    events.end()
    deadLetters.end()
    for (const { home } of registry.all()) home.listeners.end()
    for (const family of registry.allFamilies()) family.end()
    intake.end()
    waiting.end()
    await flushed
  }
}

class DrainTimeout extends Error {}
