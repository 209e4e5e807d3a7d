/** What was typed cannot be done: one line to the user, and exit code 2. */
export class UsageError extends Error {}
