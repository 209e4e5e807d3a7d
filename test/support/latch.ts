/** A promise that a test opens: it waits for a handler to get there, or holds one until it may go on. */
export interface Latch<T = void> {
  readonly opened: Promise<T>
  open(value: T): void
}

export const latch = <T = void>(): Latch<T> => {
  let open: (value: T) => void = () => undefined
  const opened = new Promise<T>(resolve => (open = resolve))
  return {
    opened,
    open: value => {
      open(value)
    },
  }
}

/** What an abandoned handler waits for. */
export const never = (): Promise<never> => new Promise<never>(() => undefined)

/** Lets everything else in the queue of microtasks go first, so many times. */
export const turns = async (count = 1): Promise<void> => {
  for (let i = 0; i < count; i += 1) await Promise.resolve()
}
