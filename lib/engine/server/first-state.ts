import type { Data } from '../data/data.js'
import { NotDataError, StateNotKeepableError } from '../errors.js'

/** What a server is given as its first state, kept. Throws `StateNotKeepableError` for what is not data. */
export const firstStateOf = (state: unknown, data: Data, server: string): unknown => {
  try {
    return data.keep(state)
  } catch (error) {
    throw error instanceof NotDataError ? new StateNotKeepableError(server, "option 'state'", error) : error
  }
}
