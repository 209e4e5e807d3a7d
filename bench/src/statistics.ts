const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

export const median = (values: readonly number[]): number => {
  const inOrder = sorted(values)
  const middle = (inOrder.length - 1) / 2
  const [low = NaN, high = NaN] = [inOrder[Math.floor(middle)], inOrder[Math.ceil(middle)]]
  return (low + high) / 2
}

/** Half the way from the lowest to the highest, as a part of the median: 0.05 reads "± 5 %". */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / 2 / Math.abs(median(values))

/** By Fisher and Yates. */
export const shuffled = <T>(values: readonly T[]): T[] => {
  const result = [...values]
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[result[last], result[other]] = [result[other] as T, result[last] as T]
  }
  return result
}
