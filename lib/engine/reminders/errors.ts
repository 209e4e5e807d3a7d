import { PeeperError } from '../errors.js'

/** A handler set one reminder more than a server may have. */
export class TooManyRemindersError extends PeeperError {
  readonly code = 'PEEPER_TOO_MANY_REMINDERS'
  constructor(server: string, name: string, limit: number) {
    super(
      `'${server}' has ${limit} reminders, and none was set for '${name}': its handler crashed. Forget those that are over, or give each thing ` +
        `a keyed server of its own.`,
    )
  }
}

/** A reminder was set or forgotten when no handler could keep that. */
export class ReminderNotKeptError extends PeeperError {
  readonly code = 'PEEPER_REMINDER_NOT_KEPT'
  constructor(server: string, member: string) {
    super(
      `ctx.${member} of '${server}' was called after its handler had ended: nothing was set or forgotten. Send a message, and do it in its handler.`,
    )
  }
}
