import { describe, expect, test } from '@jest/globals'
import * as engine from 'nestjs-peeper/engine'
import { codeOf, errorClassesOf } from '../support/error-classes.js'

const SERVER = 'the-server'
const cause = new Error('it broke')

// One of each, made as the engine makes it. Those that know no server come from where none is known.
const samples: Record<string, () => engine.PeeperError> = {
  AlreadyStartedError: () => new engine.AlreadyStartedError(SERVER),
  BadKeyError: () => new engine.BadKeyError(SERVER, '', 'it is empty'),
  BadNameError: () => new engine.BadNameError(SERVER, 'why not'),
  BadOptionError: () => new engine.BadOptionError(`server '${SERVER}'`, 'limit', -1, 'a number above 0'),
  BadOutcomeError: () => new engine.BadOutcomeError(SERVER, "call 'add'", 'a function', { cause }),
  CallAbortedError: () => new engine.CallAbortedError(SERVER, 'add', cause, true),
  CallCycleError: () => new engine.CallCycleError([SERVER, 'b', SERVER], 'add'),
  CallTimeoutError: () => new engine.CallTimeoutError(SERVER, 'add', 5_000),
  CodeChangeFailedError: () => new engine.CodeChangeFailedError(SERVER, cause),
  CodeChangeMissingError: () => new engine.CodeChangeMissingError(SERVER, 1, 3),
  CommitFailedError: () => new engine.CommitFailedError(SERVER, 7, cause),
  ContextEndedError: () => new engine.ContextEndedError(SERVER, 3, 'reply', cause),
  DuplicateChildError: () => new engine.DuplicateChildError(SERVER, 'a'),
  InitFailedError: () => new engine.InitFailedError(SERVER, 6, cause),
  InitTimeoutError: () => new engine.InitTimeoutError(SERVER, 5_000),
  MailboxFullError: () => new engine.MailboxFullError(SERVER, 'add', 10),
  MaxChildrenError: () => new engine.MaxChildrenError(SERVER, 3),
  NewerStateError: () => new engine.NewerStateError(SERVER, 4, 3),
  NoSuchKeeperError: () => new engine.NoSuchKeeperError(SERVER, 'archive', ['main']),
  NoSuchMessageError: () => new engine.NoSuchMessageError(SERVER, 'call', 'add', ['read']),
  NoSuchServerError: () => new engine.NoSuchServerError(SERVER),
  NoSuchSupervisorError: () => new engine.NoSuchSupervisorError(SERVER),
  NoSuchTableError: () => new engine.NoSuchTableError(SERVER, 'bids'),
  NotAChildError: () => new engine.NotAChildError(SERVER, 'north', 'south'),
  NotHostedError: () => new engine.NotHostedError(SERVER),
  ReminderNotKeptError: () => new engine.ReminderNotKeptError(SERVER, 'remind'),
  RequestMismatchError: () => new engine.RequestMismatchError(SERVER, 'pay', 'r1'),
  ResidentsFullError: () => new engine.ResidentsFullError(SERVER, 10_000, 1_000),
  RestartIntensityError: () => new engine.RestartIntensityError(SERVER, 1_000, 10, cause),
  ServerClosingError: () => new engine.ServerClosingError(SERVER),
  ServerDownError: () => new engine.ServerDownError(SERVER, cause),
  ServerExitedError: () => new engine.ServerExitedError(SERVER, 'add', cause),
  ServerNotStartedError: () => new engine.ServerNotStartedError(SERVER),
  ServerStoppedError: () => new engine.ServerStoppedError(SERVER, cause),
  StaleOwnerError: () => new engine.StaleOwnerError(SERVER, 3, 4),
  StateNotKeepableError: () => new engine.StateNotKeepableError(SERVER, "call 'add'", notData()),
  StoreTimeoutError: () => new engine.StoreTimeoutError(SERVER, 'commit', 10_000),
  TableNotWritableError: () => new engine.TableNotWritableError(SERVER, 'bids'),
  TableOptionsError: () => new engine.TableOptionsError(SERVER, 'bids', { keep: true }, { keep: false }),
  SupervisorDownError: () => new engine.SupervisorDownError(SERVER, 'root', cause),
  TooManyRemindersError: () => new engine.TooManyRemindersError(SERVER, 'tea', 10_000),
  TerminateTimeoutError: () => new engine.TerminateTimeoutError(SERVER, 5_000),
  WorkerLostError: () =>
    new engine.WorkerLostError(SERVER, {
      kind: 'thread',
      loss: { how: 'exited', exitCode: 1, cause },
      isReady: true,
      suspects: [SERVER],
    }),
}
const knowsNoServer = ['DraftEndedError', 'LostMutationError', 'NotDataError', 'TransferTakenError']

const notData = (): engine.NotDataError => {
  try {
    new engine.Data([]).copy({ f: () => undefined })
  } catch (error) {
    return error as engine.NotDataError
  }
  throw new Error('a function was taken for data')
}

test('every error of the engine is looked at here', async () => {
  const classes = await errorClassesOf('nestjs-peeper/engine')
  expect([...classes.keys()].sort()).toEqual([...Object.keys(samples), ...knowsNoServer].sort())
})

describe.each(Object.entries(samples))('%s', (name, make) => {
  test('names its server, its class and its code, and is a PeeperError', async () => {
    const error = make()
    expect(error.message).toContain(SERVER)
    expect(error.name).toBe(name)
    expect(error).toBeInstanceOf(engine.PeeperError)
    expect(error.code).toBe(codeOf((await errorClassesOf('nestjs-peeper/engine')).get(name)!))
    expect(JSON.stringify(Object.keys(error))).not.toContain('name')
  })

  test('says what to do about it: its message is more than the fact', () => {
    const { message } = make()
    expect(message).not.toMatch(/undefined|\[object|NaN/)
    expect(message.length).toBeGreaterThan(40)
  })
})

test.each(['CodeChangeFailedError', 'CommitFailedError', 'InitFailedError', 'RestartIntensityError'])(
  '%s keeps its cause',
  name => {
    expect(samples[name]?.().cause).toBe(cause)
  },
)

test('where a crash happened is told by its cause: an exit itself has no frames, others have', async () => {
  const { stackTraceLimit } = Error
  const house = new engine.Engine()
  const boom = () => {
    throw new Error('boom')
  }
  const server = await house.start({ name: 'one', callbacks: { call: { boom } } })
  const thrown = (call: Promise<unknown>) => call.catch((error: unknown) => error as Error) as Promise<Error>
  const exited = await thrown(server.call('boom'))
  expect(exited.stack).not.toMatch(/^ +at /m)
  expect((exited.cause as Error).stack).toContain('at boom')
  expect((await thrown(server.call('other'))).stack).toMatch(/^ +at /m)
  expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  await house.close()
})

test('the reason of an exit is at hand, and is the cause', () => {
  for (const make of [samples.ServerExitedError, samples.ServerDownError, samples.ServerStoppedError])
    expect(make?.()).toMatchObject({ reason: cause, cause, server: SERVER })
})
