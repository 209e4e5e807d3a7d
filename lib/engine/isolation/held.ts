import type { State } from './frames.js'

/** No state is this one. */
const NONE = Symbol('none')

/** The state as the other side has it. */
export class Held {
  private state: unknown = NONE

  /** It has this one now. */
  is(state: unknown): void {
    this.state = state
  }

  /** What has to be sent for it to have this one: nothing, if it does. */
  given(state: unknown): { readonly state?: State } {
    if (Object.is(state, this.state)) return {}
    this.state = state
    return { state: [state] }
  }
}
