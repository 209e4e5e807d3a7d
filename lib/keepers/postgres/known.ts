import type { Head } from './head.js'
import type { Stream } from './schema.js'

/** How large a snapshot is, and how many bytes its journal had seen by then. */
export interface Mark {
  readonly size: number
  readonly total: number
}

/**
 * What a keeper knows of a stored server since it last read or wrote it. It may be out of date: then the store refuses what is written on it.
 */
export class Known {
  /** The revision that is being written. */
  writing: number | undefined = undefined
  readonly marks = new Map<Stream, Mark>()

  constructor(
    readonly id: string,
    public revision: number,
    public head: Head,
  ) {}

  /** This was written. */
  advance(revision: number, head: Head, marks: ReadonlyMap<Stream, Mark>): void {
    this.revision = revision
    this.writing = undefined
    this.head = head
    for (const [stream, mark] of marks) this.marks.set(stream, mark)
  }

  /** Is what the store has at this revision what its owner has, who had `since` a moment ago? */
  covers(revision: number, since: number): boolean {
    return revision >= since && revision <= (this.writing ?? this.revision)
  }
}
