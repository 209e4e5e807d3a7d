/** The state of the servers under test: every change adds one entry, so a revision and a length say the same. */
export interface Ledger {
  /** The ids of all changes, in order. */
  log: string[]
  /** The change that is half done; never to be seen by anybody. */
  half: string | undefined
  counts: Map<string, number>
  members: Set<string>
  last: Date
  deep: Record<string, { by: string[] }>
  /** Tokens of callers that wait for a deferred reply. */
  owed: { id: string; from: unknown }[]
}

export const emptyLedger = (): Ledger => ({
  log: [],
  half: undefined,
  counts: new Map([['a', 0]]),
  members: new Set(['first']),
  last: new Date(0),
  deep: { a: { by: [] } },
  owed: [],
})

/** What one change does, to a draft in a handler and to a plain ledger in the model. */
export const enter = (ledger: Ledger, id: string): void => {
  const place = `d${id.length % 3}${id.at(-1)}`
  ledger.log.push(id)
  ledger.counts.set(place, (ledger.counts.get(place) ?? 0) + 1)
  if (ledger.members.has(place)) ledger.members.delete(place)
  else ledger.members.add(place)
  ledger.last.setTime(ledger.last.getTime() + 1_000)
  const found = ledger.deep[place]
  if (found === undefined) ledger.deep[place] = { by: [id] }
  else if (found.by.length > 1) delete ledger.deep[place]
  else found.by.unshift(id)
  ledger.half = undefined
}

/** The same change, as a state that is returned rather than a draft that is mutated. */
export const entered = (ledger: Ledger, id: string): Ledger => {
  const next: Ledger = {
    ...ledger,
    log: [...ledger.log],
    counts: new Map(ledger.counts),
    members: new Set(ledger.members),
    last: new Date(ledger.last),
    deep: Object.fromEntries(Object.entries(ledger.deep).map(([key, { by }]) => [key, { by: [...by] }])),
  }
  enter(next, id)
  return next
}

/** The plain model: all of a ledger but the tokens, after these changes. */
export const ledgerOf = (log: readonly string[]): Omit<Ledger, 'owed'> => {
  const ledger = emptyLedger()
  for (const id of log) enter(ledger, id)
  return withoutTokens(ledger)
}

export const withoutTokens = ({ owed: _, ...rest }: Ledger): Omit<Ledger, 'owed'> => rest
