import type { Contender } from './contender.js'

/** The least that gives serialised access: what runs waits for what ran before, whether that failed or not. */
class Mutex {
  private last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => T): Promise<T> {
    const result = this.last.then(work, work)
    this.last = result
    return result
  }
}

export const mutex: Contender = {
  name: 'promise-chain mutex',
  lacks: ['rollback', 'supervision', 'bounded mailbox', 'timeout', 'copies of payloads'],
  open:
    async ({ first, next, reply }) =>
    () => {
      let state = first
      const lock = new Mutex()
      const call = (): Promise<number> =>
        lock.run(() => {
          state = next(state)
          return reply(state)
        })
      return { call, cast: call }
    },
}
