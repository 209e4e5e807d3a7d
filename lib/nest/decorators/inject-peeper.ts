import { Inject } from '@nestjs/common'
import { serverNameOf, type ServerRef } from '../metadata.js'
import { tokenOf } from '../tokens.js'

/**
 * Injects the client of a server, by its class or name: a `PeeperClient`, or `PeeperClients` where the class is `keyed`. The module must import
 * `PeeperModule.forFeature([Cart])`.
 *
 * @example
 * constructor(@InjectPeeper(Cart) private readonly cart: PeeperClient<Cart>, @InjectPeeper(Lot) private readonly lots: PeeperClients<Lot>) {}
 * @throws NotAServerError at declaration
 */
export const InjectPeeper = (server: ServerRef): PropertyDecorator & ParameterDecorator =>
  Inject(tokenOf(serverNameOf(server as ServerRef | undefined, '@InjectPeeper()')))
