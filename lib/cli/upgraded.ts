import { addressOf, type Identity } from '../engine/identity.js'
import type { Kept } from '../engine/keeper/keeper.js'
import { UnfitState, upgrade } from '../engine/server/upgrade.js'
import { InlineWorker } from '../engine/worker/inline-worker.js'
import type { Birth } from '../engine/worker/life.js'
import type { Program } from '../engine/worker/program.js'

/** A state as the callbacks of this version expect it, made as a server makes it when it loads. Nothing is kept. `kept.state` is kept data. */
export const upgraded = async (server: Identity, program: Program, kept: Kept): Promise<unknown> => {
  const worker = new InlineWorker(program, birthOf(server))
  try {
    return await upgrade(addressOf(server), program, kept.version, () =>
      worker.codeChange(kept.state, kept.version, undefined),
    )
  } catch (error) {
    throw error instanceof UnfitState ? error.cause : error
  } finally {
    worker.exit('normal')
    worker.dispose()
  }
}

// An upgrade is given no context, so nothing of this is asked for but who it is.
const birthOf = ({ name, key }: Identity): Birth => {
  const nobody = (): never => {
    throw new Error('no server is started here')
  }
  return {
    server: addressOf({ name, ...(key === undefined ? {} : { key }) }),
    name,
    key,
    worker: 1,
    restarts: 0,
    cause: undefined,
    get self(): never {
      return nobody()
    },
    get holdings(): never {
      return nobody()
    },
    nextId: nobody,
    perform: nobody,
    lost: nobody,
    report: nobody,
  }
}
