/** How a promise ended, as a value: to compare what waiters got. */
export const settled = async (
  promise: Promise<unknown>,
): Promise<{ value: unknown } | { code: unknown; reason: unknown; error: unknown }> => {
  try {
    return { value: await promise }
  } catch (error) {
    const { code, reason } = error as { code?: unknown; reason?: unknown }
    return { code, reason, error }
  }
}
