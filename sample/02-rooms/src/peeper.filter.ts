import {
  BadRequestException,
  Catch,
  ConflictException,
  GatewayTimeoutException,
  InternalServerErrorException,
  ServiceUnavailableException,
  type ArgumentsHost,
} from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import {
  BadKeyError,
  CallTimeoutError,
  MailboxFullError,
  NotAChildError,
  PeeperError,
  ResidentsFullError,
  ServerClosingError,
  ServerDownError,
  ServerExitedError,
} from 'nestjs-peeper'

const UNAVAILABLE = [ServerDownError, ServerClosingError, MailboxFullError, ResidentsFullError]

const inHttp = (error: PeeperError): Error => {
  if (error instanceof BadKeyError) return new BadRequestException(error.message)
  if (error instanceof NotAChildError) return new ConflictException(error.message) // it moved meanwhile
  if (UNAVAILABLE.some(each => error instanceof each)) return new ServiceUnavailableException(error.message)
  if (error instanceof CallTimeoutError) return new GatewayTimeoutException(error.message)
  if (error instanceof ServerExitedError) return new InternalServerErrorException(error.message)
  return error
}

/** What the library's errors are over HTTP. A crash is in the log already: what becomes an HttpException is not logged again. */
@Catch(PeeperError)
export class PeeperFilter extends BaseExceptionFilter {
  override catch(error: PeeperError, host: ArgumentsHost): void {
    super.catch(inHttp(error), host)
  }
}
