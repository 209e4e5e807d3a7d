import type { Keeper } from 'nestjs-peeper/engine'

let revision = 0

/** A keeper whose server has changed each time that one looks. */
export const keeper: Keeper = {
  load: () => {
    revision += 1
    return {
      revision,
      version: 1,
      state: revision,
      tables: [{ name: 't', ordered: false, access: 'private', entries: [['k', revision]] }],
    }
  },
  commit: () => undefined,
  remove: () => undefined,
  list: () => [{ name: 'restless' }],
}
