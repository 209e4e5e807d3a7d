/** When a snapshot takes the place of a journal. */
export interface SnapshotOptions {
  /** How large the journal may grow, as a share of the snapshot before it. Default 1: recovery reads at most about twice the state. */
  readonly share?: number
  /** Bytes a journal may always have, however small the state. Default 65 536. */
  readonly minBytes?: number
}

/** Is it time for a snapshot? */
export const isDue = (journal: number, snapshot: number, options: SnapshotOptions = {}): boolean => {
  const { share = 1, minBytes = 65_536 } = options
  return journal > Math.max(minBytes, share * snapshot)
}
