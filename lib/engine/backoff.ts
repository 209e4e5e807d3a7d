const FIRST = 100
const LONGEST = 10_000

/** ms before the next try: doubling from 100 to `longest`, with jitter, so that many servers do not all try at once. */
export const backoff = (attempt: number, longest = LONGEST, random: () => number = Math.random): number =>
  Math.min(longest, FIRST * 2 ** attempt) * (0.5 + random() / 2)
