import { PeeperError } from './errors.js'

/** A call that would wait for its own caller: nothing was sent. */
export class CallCycleError extends PeeperError {
  readonly code = 'PEEPER_CALL_CYCLE'
  constructor(
    /** The servers that would wait for each other, the caller first and last. */
    readonly path: readonly string[],
    message: string,
  ) {
    super(
      `the call of '${message}' would wait for ever: ${path.join(' → ')}. Each of them waits for the next until its handler ends, so the call ` +
        `was not sent. Cast instead, answer later with noreply() and ctx.reply(), or continue in a handler of its own.`,
    )
  }
}
