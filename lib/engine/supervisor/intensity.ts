/** Peeper's own limits. */
export const MAX_RESTARTS = 1_000
export const MAX_SECONDS = 10

/** At most `max` restarts within so many seconds. */
export interface Limits {
  readonly max: number
  readonly seconds: number
  readonly windowMs: number
}

/** As a supervisor's options say. */
export const limitsOf = ({
  maxRestarts = MAX_RESTARTS,
  maxSeconds = MAX_SECONDS,
}: {
  readonly maxRestarts?: number
  readonly maxSeconds?: number
}): Limits => ({ max: maxRestarts, seconds: maxSeconds, windowMs: maxSeconds * 1_000 })

/** How many of these restarts, the oldest first, are in the window of `windowMs` that ends now. */
export const recentRestarts = (restarts: readonly number[], now: number, windowMs: number): number => {
  let [from, to] = [0, restarts.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (now - (restarts[middle] as number) < windowMs) to = middle
    else from = middle + 1
  }
  return restarts.length - from
}

/**
 * OTP's maximum restart intensity: may there be one more restart now, with at most `max` within any `windowMs`? Then it is added to
 * `restarts`.
 */
export const admitRestart = (restarts: number[], now: number, max: number, windowMs: number): boolean => {
  const recent = recentRestarts(restarts, now, windowMs)
  if (recent >= max) return false
  // Dropped only when they are the greater part: so a restart costs the same however many the window holds.
  if (recent < restarts.length / 2) restarts.splice(0, restarts.length - recent)
  restarts.push(now)
  return true
}
