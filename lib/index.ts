export { PeeperModule } from './nest/peeper.module.js'
export { Peeper } from './nest/peeper.js'
export type {
  ChildRef,
  ListenerRef,
  PeeperModuleOptions,
  PeeperServerOptions,
  PeeperSupervisorOptions,
  StartOptions,
} from './nest/options.js'

export type { ServerRef } from './nest/metadata.js'
export { PeeperServer } from './nest/decorators/peeper-server.js'
export { PeeperSupervisor } from './nest/decorators/peeper-supervisor.js'
export { Init } from './nest/decorators/init.js'
export { HandleCall } from './nest/decorators/handle-call.js'
export { HandleCast } from './nest/decorators/handle-cast.js'
export { HandleInfo } from './nest/decorators/handle-info.js'
export { HandleContinue } from './nest/decorators/handle-continue.js'
export { Terminate } from './nest/decorators/terminate.js'
export { CodeChange } from './nest/decorators/code-change.js'
export { FormatStatus } from './nest/decorators/format-status.js'
export { PeeperListener } from './nest/decorators/peeper-listener.js'
export { Transfer, transfer, type Transferable } from './engine/data/transfer.js'
export { peeperWorker, type WorkerOptions } from './nest/peeper-worker.js'
export { InjectPeeper } from './nest/decorators/inject-peeper.js'

export type { PeeperClient, PeeperWorker } from './nest/client/peeper-client.js'
export type { PeeperClients } from './nest/client/peeper-clients.js'
export type { CastName, MessageName, PayloadOf, ReplyOf, StateOf } from './nest/client/protocol.js'
export {
  getPeeperToken,
  PEEPER_CLOCK,
  PEEPER_CRASH_INJECTOR,
  PEEPER_ENGINE,
  PEEPER_KEEPER,
  PEEPER_OPTIONS,
  PEEPER_SUPERVISOR,
} from './nest/tokens.js'
export * from './nest/errors.js'

export { Context as PeeperContext } from './engine/worker/context.js'
export { Outcome, noreply, refuse, reply, stop } from './engine/outcome.js'
export type { Directive, NextState, NoReply, Refuse, Reply, Stop } from './engine/outcome.js'
export type { ExitReason, GivenReason, Restart } from './engine/exit.js'
export type { AutoShutdown, Shutdown } from './engine/child-spec.js'
export type { Strategy } from './engine/supervisor/strategy.js'
export type { UnknownMessage } from './engine/worker/callbacks.js'
export type { From } from './engine/worker/worker.js'
export type { Monitor } from './engine/listener/monitor.js'
export type { Down } from './engine/server/bonds.js'
export type { RefLike } from './engine/worker/context.js'
export type { MonitorRef, TimerRef } from './engine/worker/effects.js'
export type { CallOptions, Ref } from './engine/ref.js'
export type { ReminderOptions } from './engine/alarm.js'
export { ReminderNotKeptError, TooManyRemindersError } from './engine/reminders/errors.js'
export type { MissedTicks, ReminderTick, RemindWhen } from './engine/reminders/reminder.js'
export { RequestMismatchError } from './engine/requests/errors.js'
export type { RequestOptions } from './engine/requests/requests.js'
export { Server, type BranchChild, type Status } from './engine/server/server.js'
export type { ServerStatus } from './engine/server/home.js'
export type { InitOptions, MailboxOptions, ServerDefaults } from './engine/server/settings.js'
export type { ChildCount, ChildInfo } from './engine/supervisor/supervision.js'
export type {
  ServerPlace,
  StartSupervisorOptions,
  SupervisorChild,
  SupervisorStart,
} from './engine/tree/options.js'
export type { ServerOptions } from './engine/server/settings.js'
export type {
  Callbacks,
  CodeChangeHandler,
  CodeChangeSteps,
  Handler,
  Handlers,
} from './engine/worker/callbacks.js'
export type { Listener, ListenerMeta } from './engine/listener/listener.js'
export type { DeadLetter, PeeperEvent } from './engine/events.js'
export type { MessageKind } from './engine/mailbox/envelope.js'
export type { Health } from './engine/tree/tree.js'
export type { Identity } from './engine/identity.js'
export type { Change, Due, Keeper, Kept } from './engine/keeper/keeper.js'
export type {
  CreateWrite,
  DeleteWrite,
  DropWrite,
  KeptTable,
  SetWrite,
  TableAccess,
  TableWrite,
} from './engine/tables/table-write.js'
export type {
  InOrder,
  OrderedTable,
  OrderedTableView,
  RangeOptions,
  Table,
  TableOptions,
  Tables,
  TableView,
} from './engine/tables/table.js'
export { NoSuchTableError, TableNotWritableError, TableOptionsError } from './engine/tables/errors.js'
export { NotHostedError, WorkerLostError, type Loss } from './engine/isolation/errors.js'
export type { CarriedContext, CarriedContexts } from './engine/isolation/contexts.js'
export type { IsolationOptions } from './engine/isolation/isolation.js'
export type { IsolationLevel, ServerIsolation } from './engine/isolation/level.js'
export { memoryKeeper } from './engine/keeper/memory-keeper.js'
export type { Class, DeclaredType, TypeCodec } from './engine/data/types.js'
export type { Family } from './engine/keyed/family.js'
export type { Member } from './engine/keyed/member.js'
export type { FamilyOptions, KeyedOptions, KeysPage, PageOptions } from './engine/keyed/settings.js'
export { BadKeyError, ResidentsFullError } from './engine/keyed/errors.js'
export * from './engine/errors.js'
export { CallCycleError } from './engine/call-cycle-error.js'
export {
  CodeChangeFailedError,
  CodeChangeMissingError,
  InitFailedError,
  InitTimeoutError,
  NewerStateError,
  TerminateTimeoutError,
} from './engine/server/errors.js'
export { CommitFailedError, StaleOwnerError, StoreTimeoutError } from './engine/keeper/errors.js'
export {
  DuplicateChildError,
  MaxChildrenError,
  NoSuchSupervisorError,
  NotAChildError,
  RestartIntensityError,
  SupervisorDownError,
} from './engine/supervisor/errors.js'
