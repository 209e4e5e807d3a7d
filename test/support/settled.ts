export type Settled =
  { readonly value: unknown } | { readonly code: unknown; readonly reason: unknown; readonly error: unknown }

/** How a promise ended, as a value: to compare what waiters got. */
export const settled = async (promise: Promise<unknown>): Promise<Settled> => {
  try {
    return { value: await promise }
  } catch (error) {
    const { code, reason } = error as { code?: unknown; reason?: unknown }
    return { code, reason, error }
  }
}
