import { HttpException, type Type } from '@nestjs/common'
import type { Engine } from '../../engine/engine.js'
import { checkKey } from '../../engine/keyed/keys.js'
import { Family } from '../../engine/keyed/family.js'
import { Member } from '../../engine/keyed/member.js'
import type { Host } from '../../engine/isolation/host.js'
import { Server } from '../../engine/server/server.js'
import { withDefaults } from '../../engine/server/settings.js'
import { programOf } from '../../engine/worker/program.js'
import type { Explorer } from '../discovery/explorer.js'
import { checkSingleton } from '../discovery/singleton.js'
import { MainSideOnlyError } from '../errors.js'
import { serverNameOf, type ServerRef } from '../metadata.js'
import type { PeeperModuleOptions, PeeperServerOptions } from '../options.js'
import type { Runtime } from '../runtime/runtime.js'
import { mainSideBut, remote } from './remote.js'

/** The servers of a thread or a process: found among its providers, run when the main side says so. Clients reach all servers through that. */
export class HostedRuntime implements Runtime {
  constructor(
    private readonly host: Host,
    readonly engine: Engine,
    private readonly explorer: Explorer,
    private readonly options: PeeperModuleOptions,
  ) {}

  server(name: string): Server {
    const here = Object.assign(remote(this.host, name), { isRunning: true }) // as far as is known here
    return mainSideBut(Server, `server '${name}'`, here)
  }

  family(name: string): Family {
    const member = (key: string) =>
      mainSideBut(Member, `server '${name}/${key}'`, remote(this.host, `${name}/${checkKey(name, key)}`))
    return mainSideBut(Family, `keyed servers '${name}'`, { name, for: member })
  }

  keyedName(server: ServerRef, asked: string): string {
    return typeof server === 'string' ? server : serverNameOf(server, asked)
  }

  cast(name: string, message: string, payload: unknown): void {
    remote(this.host, name).cast(message, payload)
  }

  send(name: string, message: string, payload: unknown): void {
    remote(this.host, name).send(message, payload)
  }

  /** Whether there is a server of this class is known on the main side. */
  feature(): void {
    return undefined
  }

  complete(): void {
    this.explorer.complete()
    for (const { provider, target } of this.explorer.servers())
      if (provider !== undefined) checkSingleton(provider, target)
  }

  /** From now on its servers are run. */
  start(): Promise<void> {
    const { refuses = [HttpException], types } = this.options
    const programs = new Map(
      this.explorer.servers().map(({ name, callbacks, declared }) => {
        const traits = withDefaults<PeeperServerOptions>({ refuses, types }, declared)
        return [name, programOf(callbacks, traits)]
      }),
    )
    this.host.serve(name => programs.get(name))
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  startServer(target: Type): Promise<Server> {
    return Promise.reject(new MainSideOnlyError(`peeper.start() of ${target.name}`, 'start'))
  }
}
