/**
 * Which children restart when one does: it alone (`one_for_one`, the default), all (`one_for_all`), or it and those started after it
 * (`rest_for_one`). OTP's supervision strategies.
 *
 * @example
 * const strategy: Strategy = 'rest_for_one'
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one'

/** The children, in start order, that restart together with the failed one. */
export const restartGroup = <C>(strategy: Strategy, children: Iterable<C>, failed: C): readonly C[] => {
  if (strategy === 'one_for_one') return [failed]
  const all = [...children]
  return strategy === 'one_for_all' ? all : all.slice(all.indexOf(failed))
}
