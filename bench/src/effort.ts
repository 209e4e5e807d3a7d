/** How much is done for one figure. Serialisable: it is handed to the process that measures. */
export interface Effort {
  /** ms that the code is run before it is timed. */
  readonly warmUp: number
  /** ms that one sample takes at least. */
  readonly sample: number
  /** All of a row are warmed up at the same time. */
  readonly together: boolean
  /** Samples of one process, taken in turns with those of the others. */
  readonly samples: number
  /** Of 1 000 crashes, 10 000 servers, 1 000 000 casts: what part is done. */
  readonly scale: number
  /** ms that a sample of HTTP load lasts. */
  readonly load: number
}

export const FULL: Effort = { together: false, warmUp: 250, sample: 100, samples: 3, scale: 1, load: 700 }

/** Proves that everything runs. Its figures mean nothing. */
export const SHORT: Effort = { together: true, warmUp: 2, sample: 2, samples: 1, scale: 0.01, load: 100 }
