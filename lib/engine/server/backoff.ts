const FIRST = 100
const LONGEST = 10_000

/** ms before the next try of `init`: doubling from 100 to 10 000, with jitter, so that many servers do not all try at once. */
export const backoff = (attempt: number, random: () => number = Math.random): number =>
  Math.min(LONGEST, FIRST * 2 ** attempt) * (0.5 + random() / 2)
