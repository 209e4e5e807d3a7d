import { Logger, type LoggerService, type LogLevel } from '@nestjs/common'
import { guard } from '../../engine/guard.js'

const CONTEXT = 'Peeper'

/** Nest's log, or the one that was given. A logger that throws harms nobody. */
export class Log {
  constructor(private readonly given: LoggerService | false | undefined) {}

  write(level: LogLevel, message: string, stack?: string): void {
    if (this.given === false) return
    const sink: LoggerService = this.given ?? Logger
    // Only `error` has a place for a stack; elsewhere it follows the message.
    const rest = stack === undefined ? [] : [stack]
    const isError = level === 'error' || level === 'fatal'
    const text = isError || stack === undefined ? message : `${message}\n${stack}`
    guard(
      () => sink[level]?.(text, ...(isError ? rest : []), CONTEXT),
      () => undefined,
    )
  }
}
