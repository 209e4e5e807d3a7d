import type { Identity, Keeper } from 'nestjs-peeper/engine'

const pages = ['1', '2', '3', '4', '5']

/** A keeper as a user writes one, that has nothing but a list: of pages, or one without end. */
export const keeper: Keeper = {
  load: () => undefined,
  commit: () => undefined,
  remove: () => undefined,
  *list(name, after = ''): Iterable<Identity> {
    if (name !== 'endless') for (const key of pages) if (key > after) yield { name: 'page', key }
    while (name === 'endless') yield { name }
  },
}
