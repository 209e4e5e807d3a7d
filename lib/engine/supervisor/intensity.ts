/**
 * OTP's maximum restart intensity: may there be one more restart now, with at most `max` within any `windowMs`?
 * Returns the restarts to remember, or `undefined` when the budget is spent.
 */
export const admitRestart = (
  restarts: readonly number[],
  now: number,
  max: number,
  windowMs: number,
): readonly number[] | undefined => {
  const recent = restarts.filter(at => now - at < windowMs)
  return recent.length < max ? [...recent, now] : undefined
}
