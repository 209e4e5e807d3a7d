import { HandleCall, PeeperServer } from 'nestjs-peeper'

export interface Notes {
  experiments: number
}

/** What no try/catch can catch. Each spoils the state first: nobody will ever see that. */
abstract class Lab {
  @HandleCall()
  experiment(notes: Notes): number {
    return (notes.experiments += 1)
  }

  @HandleCall()
  throw(notes: Notes): never {
    spoil(notes)
    throw new Error('an ordinary error')
  }

  @HandleCall()
  loop(notes: Notes): never {
    spoil(notes)
    for (;;);
  }

  @HandleCall()
  regex(notes: Notes): boolean {
    spoil(notes)
    return /^(a+)+$/.test(`${'a'.repeat(60)}!`)
  }

  @HandleCall()
  exit(notes: Notes): never {
    spoil(notes)
    process.exit(1)
  }

  @HandleCall()
  async timer(notes: Notes): Promise<never> {
    spoil(notes)
    setTimeout(() => {
      throw new Error('thrown by a timer')
    }, 0)
    return never()
  }

  @HandleCall()
  async rejection(notes: Notes): Promise<never> {
    spoil(notes)
    void Promise.reject(new Error('a rejection that nobody waits for'))
    return never()
  }

  @HandleCall()
  memory(notes: Notes): never {
    spoil(notes)
    const all: unknown[] = []
    for (;;) all.push(new Array(1_000).fill({}))
  }

  @HandleCall()
  abort(notes: Notes): never {
    spoil(notes)
    process.abort()
  }
}

@PeeperServer({ name: 'thread', isolation: 'thread', state: { experiments: 0 } })
export class ThreadLab extends Lab {}

/** Does what would take the process of a thread with it, too. */
@PeeperServer({ name: 'process', isolation: 'process', state: { experiments: 0 } })
export class ProcessLab extends Lab {
  @HandleCall()
  array(notes: Notes): number {
    spoil(notes)
    return new Array(2 ** 26).fill({}).length
  }

  @HandleCall()
  async kill(notes: Notes): Promise<never> {
    spoil(notes)
    process.kill(process.pid, 'SIGKILL')
    return never()
  }

  @HandleCall()
  async segfault(notes: Notes): Promise<never> {
    spoil(notes)
    process.kill(process.pid, 'SIGSEGV')
    return never()
  }
}

const spoil = (notes: Notes): void => {
  notes.experiments = -1
}

const never = (): Promise<never> => new Promise<never>(() => undefined)
