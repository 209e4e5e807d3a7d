import { describeExit, textOf, type ExitReason } from './exit.js'

/**
 * The root of every error of this library: a stable `code`, the `cause` where there is one, and the cure in the message.
 * Test for the `code` or the class, never for the text. `docs/errors.md` lists every code.
 *
 * @example
 * try { await carts.call('add', item) } catch (e) { if (e instanceof PeeperError) console.log(e.code) }
 */
export abstract class PeeperError extends Error {
  abstract readonly code: string

  constructor(message: string, options?: ErrorOptions & { readonly frames?: false }) {
    const { stackTraceLimit } = Error
    // Where all frames are the engine's they say nothing, and taking them costs more than a restart. (`Reflect`: it may be frozen.)
    if (options?.frames === false) Reflect.set(Error, 'stackTraceLimit', 0)
    super(message, options)
    if (options?.frames === false) Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
  }
}

/** The caller waited its whole timeout. The message may still run, now or later: the answer is not known. */
export class CallTimeoutError extends PeeperError {
  readonly code = 'PEEPER_CALL_TIMEOUT'
  constructor(server: string, message: string, ms: number) {
    super(
      `'${server}' did not answer '${message}' within ${ms} ms. It may still handle it: ask again before you repeat it, ` +
        `or pass a longer { timeout } to this call.`,
    )
  }
}

/** The caller's own `signal` was aborted. The message may still run: the answer is not known. */
export class CallAbortedError extends PeeperError {
  readonly code = 'PEEPER_CALL_ABORTED'
  constructor(server: string, message: string, cause: unknown, sent: boolean) {
    super(
      `the call of '${message}' to '${server}' was aborted by its signal. ` +
        (sent ? 'The server may still handle it.' : 'It was not sent.'),
      { cause },
    )
  }
}

/** Something ended before it could answer. */
abstract class EndedError extends PeeperError {
  constructor(
    readonly server: string,
    reason: ExitReason,
    message: string,
    options?: { readonly frames?: false },
  ) {
    super(message, { cause: reason, ...options })
  }

  /** Why it ended: also the `cause`. */
  get reason(): ExitReason {
    return this.cause as ExitReason
  }
}

/** The life that held this message ended before it answered. Its half-done change never happened. Where it went wrong is told by the stack of its `cause`. */
export class ServerExitedError extends EndedError {
  readonly code = 'PEEPER_SERVER_EXITED'
  constructor(server: string, message: string, reason: ExitReason) {
    super(
      server,
      reason,
      `'${server}' exited while '${message}' waited for its answer (${describeExit(reason)}). What it had not committed never ` +
        `happened; the call is not repeated for you. See 'cause' and 'reason'.`,
      { frames: false },
    )
  }
}

// What has a key starts by itself.
const revival = (server: string): string =>
  server.includes('/') ? 'the next message brings it back.' : `peeper.start('${server}') brings it back.`

/** The server restarted too often, or could not initialise: it stays down until `start` is called. */
export class ServerDownError extends EndedError {
  readonly code = 'PEEPER_SERVER_DOWN'
  constructor(server: string, reason: ExitReason) {
    super(
      server,
      reason,
      `'${server}' is down (${describeExit(reason)}). Its state is kept: mend the cause; ${revival(server)}`,
    )
  }
}

/** The server was stopped, or ended itself for good. */
export class ServerStoppedError extends EndedError {
  readonly code = 'PEEPER_SERVER_STOPPED'
  constructor(server: string, reason: ExitReason) {
    super(
      server,
      reason,
      `'${server}' is stopped (${describeExit(reason)}). Its state is kept: ${revival(server)}`,
    )
  }
}

/** A call before the application has started its servers: awaited in `onModuleInit` it would wait for itself. */
export class ServerNotStartedError extends PeeperError {
  readonly code = 'PEEPER_SERVER_NOT_STARTED'
  constructor(server: string) {
    super(
      `'${server}' is not started yet: servers start after all onModuleInit and before your onApplicationBootstrap. Call it there or later; a cast is ` +
        `buffered until then.`,
    )
  }
}

/** The application is closing: accepted messages are still served, new ones from outside are not. */
export class ServerClosingError extends PeeperError {
  readonly code = 'PEEPER_SERVER_CLOSING'
  constructor(server: string) {
    super(`'${server}' takes no new messages: it is closing. What it had accepted is still served.`)
  }
}

/** More messages wait than the mailbox may hold. */
export class MailboxFullError extends PeeperError {
  readonly code = 'PEEPER_MAILBOX_FULL'
  constructor(server: string, message: string, limit: number) {
    super(
      `the mailbox of '${server}' is full (${limit} messages): '${message}' was not accepted and will not run. Send slower, ` +
        `await calls, or raise { mailbox: { limit } }.`,
    )
  }
}

/** No server of this name is known here. */
export class NoSuchServerError extends PeeperError {
  readonly code = 'PEEPER_NO_SUCH_SERVER'
  constructor(server: string, cure = 'Register its class as a provider, or start it with peeper.start(…).') {
    super(`there is no server '${textOf(server)}'. ${cure}`)
  }
}

/** A server asks for a keeper by a name that none has. */
export class NoSuchKeeperError extends PeeperError {
  readonly code = 'PEEPER_NO_SUCH_KEEPER'
  constructor(server: string, keeper: string, known: readonly string[]) {
    super(
      `server '${server}' asks for the keeper '${keeper}', and there is none of that name; there ${known.length === 1 ? 'is' : 'are'} ` +
        `${known.length === 0 ? 'none' : known.join(', ')}. Add it to { keepers: { ${keeper}: … } } of forRoot() or of the engine.`,
    )
  }
}

/** The server has no handler for this message, and no `'*'` handler. Nothing ran. */
export class NoSuchMessageError extends PeeperError {
  readonly code = 'PEEPER_NO_SUCH_MESSAGE'
  constructor(server: string, kind: string, message: string, known: readonly string[], otherKind?: string) {
    super(
      otherKind === undefined
        ? `'${server}' handles no ${kind} '${textOf(message)}'. It handles: ${known.length > 0 ? known.join(', ') : 'none'}.`
        : `'${message}' of '${server}' is a ${otherKind}, not a ${kind}: use .${otherKind === 'info' ? 'send' : otherKind}('${message}', …).`,
    )
  }
}

/** A handler handed back what is no outcome: this is a crash, the draft is dropped. */
export class BadOutcomeError extends PeeperError {
  readonly code = 'PEEPER_BAD_OUTCOME'
  constructor(server: string, handler: string, what: string, options?: ErrorOptions) {
    super(
      `${handler} of '${server}' returned ${what.replace(/\.$/, '')}. Return data, or reply(…), noreply(…), refuse(…), stop(…); ` +
        `nothing of this message was kept.`,
      options,
    )
  }
}

/** What is to be kept or sent is not data: see the data rule in the README. */
export class NotDataError extends PeeperError {
  readonly code = 'PEEPER_NOT_DATA'
  constructor(
    private readonly what: string,
    /** Where it was found, from the root of the state, payload or reply. */
    readonly path: readonly (string | number)[],
    private readonly cure = 'Keep and send data only: primitives, plain objects, arrays, Map, Set, Date, RegExp, binary, Error, declared types.',
    of?: string,
  ) {
    super(`${of === undefined ? '' : `${of}: `}${renderPath(path)} is ${what}. ${cure}`)
  }

  /** The same, said of the payload of a message. */
  inPayload(server: string, message: string): NotDataError {
    return new NotDataError(
      this.what,
      this.path,
      this.cure,
      `the payload of '${textOf(message)}' to '${server}' was not sent`,
    )
  }
}

/** What was in a `Transfer` is not there: `take()` gives it away once, and a MessagePort cannot leave its process. */
export class TransferTakenError extends PeeperError {
  readonly code = 'PEEPER_TRANSFER_TAKEN'
  constructor() {
    super(
      'There is nothing in this Transfer: what was in it has been taken, here or on the other side, or it is a MessagePort that came from another ' +
        'process. Take it once, where it is used.',
    )
  }
}

/** The next state of a handler or of `init` cannot be kept. */
export class StateNotKeepableError extends PeeperError {
  readonly code = 'PEEPER_STATE_NOT_KEEPABLE'
  constructor(server: string, handler: string, cause: NotDataError) {
    super(`the state that ${handler} left for '${server}' cannot be kept: ${cause.message}`, { cause })
  }
}

/** A handler mutated its draft and returned a state that drops the mutation. */
export class LostMutationError extends PeeperError {
  readonly code = 'PEEPER_LOST_MUTATION'
  constructor(readonly path: readonly (string | number)[]) {
    super(
      `the draft was mutated${path.length === 0 ? '' : ` at ${renderPath(path)}`} and the returned state does not contain it. Mutate the draft, or return a ` +
        `state built from it ({ ...state, … }), not both.`,
    )
  }
}

/** A draft was touched after its handler ended. */
export class DraftEndedError extends PeeperError {
  readonly code = 'PEEPER_DRAFT_ENDED'
  constructor() {
    super(
      'this draft of a state has ended with its handler. Copy what you need before the handler returns, or send a message.',
    )
  }
}

/** A member of `ctx` was used after its life ended. */
export class ContextEndedError extends PeeperError {
  readonly code = 'PEEPER_CONTEXT_ENDED'
  constructor(server: string, worker: number, member: string, reason: ExitReason) {
    super(
      `ctx.${member} was used after worker ${worker} of '${server}' ended (${describeExit(reason)}). Stop such work on ctx.signal ` +
        `or ctx.onExit.`,
      { cause: reason },
    )
  }
}

/** A server of this name is there already. */
export class AlreadyStartedError extends PeeperError {
  readonly code = 'PEEPER_ALREADY_STARTED'
  constructor(server: string) {
    super(`a server '${server}' is already started. Choose another { name }, or stop the first one.`)
  }
}

/** A name that cannot be one. */
export class BadNameError extends PeeperError {
  readonly code = 'PEEPER_BAD_NAME'
  constructor(name: unknown, why: string) {
    super(`${typeof name === 'string' ? JSON.stringify(name) : textOf(name)} cannot name a server: ${why}.`)
  }
}

/** An option has a value it cannot have. */
export class BadOptionError extends PeeperError {
  readonly code = 'PEEPER_BAD_OPTION'
  constructor(where: string, option: string, value: unknown, expected: string) {
    super(`option '${option}' of ${where} is ${textOf(value)}; it must be ${expected}.`)
  }
}

/** `['items', 3, 'when']` as `.items[3].when`, led by `(root)` where it is the value itself. */
export const renderPath = (path: readonly (string | number)[]): string =>
  path.length === 0
    ? 'the value itself'
    : `'${path
        .map(part =>
          typeof part === 'number'
            ? `[${part}]`
            : /^[A-Za-z_$][\w$]*$/.test(part)
              ? `.${part}`
              : `[${JSON.stringify(part)}]`,
        )
        .join('')
        .replace(/^\./, '')}'`
