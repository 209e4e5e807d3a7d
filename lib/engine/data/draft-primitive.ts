import { DraftEndedError } from '../errors.js'
import type { Data } from './data.js'
import type { Draft } from './draft.js'

/** A state that cannot be mutated is its own draft: the next one is what the handler returned. */
export class PrimitiveDraft implements Draft {
  readonly modified = false
  private ended = false

  constructor(
    private readonly data: Data,
    readonly value: unknown,
  ) {}

  settle(returned?: { readonly state?: unknown }): unknown {
    if (this.ended) throw new DraftEndedError()
    return returned === undefined ? this.value : this.data.keep(returned.state)
  }

  end(): void {
    this.ended = true
  }
}
