import {
  Catch,
  GatewayTimeoutException,
  InternalServerErrorException,
  ServiceUnavailableException,
  type ArgumentsHost,
} from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import {
  CallTimeoutError,
  MailboxFullError,
  PeeperError,
  ServerClosingError,
  ServerDownError,
  ServerExitedError,
  ServerStoppedError,
} from 'nestjs-peeper'

const UNAVAILABLE = [ServerDownError, ServerClosingError, ServerStoppedError, MailboxFullError]

const inHttp = (error: PeeperError): Error => {
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
