export { Engine, type EngineOptions } from './engine.js'
export type { StartOptions } from './starting.js'
export { Server, type BranchChild, type Status } from './server/server.js'
export type { Family } from './keyed/family.js'
export type { Member } from './keyed/member.js'
export type { FamilyOptions, KeyedOptions, KeysPage, PageOptions } from './keyed/settings.js'
export { BadKeyError, ResidentsFullError } from './keyed/errors.js'
export type { ServerStatus } from './server/home.js'
export type { InitOptions, MailboxOptions, ServerDefaults, ServerOptions } from './server/settings.js'
export type { CrashInjector, CrashPoint } from './server/environment.js'
export type { CallOptions, Ref } from './ref.js'
export type { ReminderOptions } from './alarm.js'
export { ReminderNotKeptError, TooManyRemindersError } from './reminders/errors.js'
export type { MissedTicks, ReminderTick, RemindWhen } from './reminders/reminder.js'
export { RequestMismatchError } from './requests/errors.js'
export type { RequestOptions } from './requests/requests.js'
export type {
  Callbacks,
  CodeChangeHandler,
  CodeChangeSteps,
  Handler,
  Handlers,
  UnknownMessage,
} from './worker/callbacks.js'
export { Context } from './worker/context.js'
export type { Monitor } from './listener/monitor.js'
export type { Down } from './server/bonds.js'
export type { RefLike } from './worker/context.js'
export type { MonitorRef, TimerRef } from './worker/effects.js'
export type { Completion, From, Message, Worker } from './worker/worker.js'
export type { Refusal } from './worker/program.js'
export { Outcome, noreply, refuse, reply, stop } from './outcome.js'
export type { Directive, NextState, NoReply, Refuse, Reply, Stop } from './outcome.js'
export type { ExitReason, GivenReason, Restart } from './exit.js'
export * from './errors.js'
export { CallCycleError } from './call-cycle-error.js'
export {
  CodeChangeFailedError,
  CodeChangeMissingError,
  InitFailedError,
  InitTimeoutError,
  NewerStateError,
  TerminateTimeoutError,
} from './server/errors.js'
export { CommitFailedError, StaleOwnerError, StoreTimeoutError } from './keeper/errors.js'
export {
  DuplicateChildError,
  MaxChildrenError,
  NoSuchSupervisorError,
  NotAChildError,
  RestartIntensityError,
  SupervisorDownError,
} from './supervisor/errors.js'
export type { Health } from './tree/tree.js'
export type { ServerPlace, StartSupervisorOptions, SupervisorChild, SupervisorStart } from './tree/options.js'
export { systemClock, type Clock, type Timer } from './clock.js'
export type { Identity } from './identity.js'
export type { Change, Due, Keeper, Kept } from './keeper/keeper.js'
export { Transfer, transfer, type Transferable } from './data/transfer.js'
export { memoryKeeper } from './keeper/memory-keeper.js'
export type { Listener, ListenerMeta } from './listener/listener.js'
export type { DeadLetter, PeeperEvent } from './events.js'
export type { MessageKind } from './mailbox/envelope.js'
export { Supervisor } from './supervisor/supervisor.js'
export type { ChildCount, ChildExit, ChildInfo, SupervisorOptions } from './supervisor/supervision.js'
export type { Strategy } from './supervisor/strategy.js'
export type { AutoShutdown, Child, ChildSpec, Exited, Shutdown } from './child-spec.js'
export { Data } from './data/data.js'
export { diff } from './data/diff.js'
export { replay, type Patch, type Path } from './data/patch.js'
export type { Draft } from './data/draft.js'
export type { Class, DeclaredType, TypeCodec } from './data/types.js'
export { HashEntries } from './tables/hash-table.js'
export { OrderedEntries } from './tables/ordered-table.js'
export { compareKeys, keyOf } from './tables/key.js'
export type { Entries, Store, Stretch } from './tables/entries.js'
export type {
  CreateWrite,
  DeleteWrite,
  DropWrite,
  Entry,
  KeptTable,
  SetWrite,
  TableAccess,
  TableWrite,
  Writes,
} from './tables/table-write.js'
export type {
  InOrder,
  OrderedTable,
  OrderedTableView,
  RangeOptions,
  Table,
  TableOptions,
  Tables,
  TableView,
} from './tables/table.js'
export { NoSuchTableError, TableNotWritableError, TableOptionsError } from './tables/errors.js'
export type { CarriedContext, CarriedContexts } from './isolation/contexts.js'
export type { IsolationOptions } from './isolation/isolation.js'
export type { IsolationLevel, ServerIsolation } from './isolation/level.js'
export { hostServers } from './isolation/hosting.js'
export type { HostedServer } from './isolation/hosting.js'
export { NotHostedError, WorkerLostError, type Loss } from './isolation/errors.js'
