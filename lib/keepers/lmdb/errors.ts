import { statfsSync } from 'node:fs'
import { PeeperError } from '../../engine/errors.js'
import { StoreAwayError } from '../../engine/keeper/errors.js'

/** The path of a store is not that of one. */
export class StorePathError extends PeeperError {
  readonly code = 'PEEPER_STORE_PATH'
  constructor(path: string, why: string, cause?: unknown) {
    super(
      `lmdbKeeper({ path }) cannot keep a store in '${path}': ${why}. Give it a folder of its own.`,
      cause === undefined ? undefined : { cause },
    )
  }
}

/** The folder of a store cannot be written to. */
export class StoreReadOnlyError extends PeeperError {
  readonly code = 'PEEPER_STORE_READ_ONLY'
  constructor(path: string, cause: unknown) {
    super(
      `lmdbKeeper({ path }) may not write to '${path}': ${cause instanceof Error ? cause.message : String(cause)}. Let the user that the ` +
        `process runs as write there, or take another folder.`,
      { cause },
    )
  }
}

/** Somebody else has the store open. */
export class StoreInUseError extends PeeperError {
  readonly code = 'PEEPER_STORE_IN_USE'
  constructor(
    path: string,
    /** The process that holds it. */
    readonly pid: number,
  ) {
    super(
      pid === process.pid
        ? `the store '${path}' is open in this process already. Make one lmdbKeeper() for it and pass that to all, or close the first one.`
        : `the store '${path}' is open in process ${pid}, and one process at a time may own it. Stop that one, or give this one a ` +
            `{ path } of its own. Several processes share state through a keeper on a server, such as PostgreSQL or Redis.`,
    )
  }
}

/** Another process has taken the store, though this one had it open. */
export class StoreTakenError extends PeeperError {
  readonly code = 'PEEPER_STORE_TAKEN'
  constructor(
    path: string,
    /** The process that holds it now, if any does. */
    readonly pid: number | undefined,
  ) {
    super(
      `the store '${path}', which this process had open, was taken by ${pid === undefined ? 'another process' : `process ${pid}`}: it found no ` +
        `sign of this one. Nothing that this process writes is stored any more. End it, and see to it that one process at a time has the store.`,
    )
  }
}

/** The disk of a store did not take what was to be written. */
export class StoreWriteError extends StoreAwayError {
  readonly code = 'PEEPER_STORE_WRITE'
  constructor(path: string, cause: unknown) {
    super(
      `the store '${path}' could not be written to: ${cause instanceof Error ? cause.message : String(cause)}. Nothing of the change is stored. ` +
        `Of its disk ${freeOf(path)}. Make room, or see what is wrong with the disk.`,
      { cause },
    )
  }
}

const freeOf = (path: string): string => {
  try {
    const { bavail, bsize } = statfsSync(path)
    return `${bavail * bsize} bytes are free`
  } catch {
    return 'nothing can be said'
  }
}
