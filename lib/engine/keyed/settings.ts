import { OptionCheck } from '../server/option-check.js'
import type { ServerOptions } from '../server/settings.js'

/** How many servers of one name are in memory, and for how long. */
export interface KeyedOptions {
  /** ms without anything to do after which a server leaves memory, at most a sixteenth of it later; `Infinity` for never. Default 60 000. */
  readonly idle?: number
  /** Servers of this name in memory. Default 10 000. */
  readonly maxResident?: number
  /** Keys that may wait for a place while all in memory are busy. Default 1 000. */
  readonly maxWaiting?: number
}

/** Which stored keys a page has. */
export interface PageOptions {
  /** Those behind this one: the `next` of the page before. Left out: from the first on. */
  readonly after?: string | undefined
  /** Keys on a page. Default 100. */
  readonly limit?: number | undefined
}

/** Some of the stored keys of a name. */
export interface KeysPage {
  readonly keys: readonly string[]
  /** What the next page is after; `undefined` if this is the last. */
  readonly next: string | undefined
}

/** What a family of keyed servers is declared with: the options of each of its servers, and how many of them stay in memory. */
export interface FamilyOptions extends ServerOptions, KeyedOptions {}

/** {@link KeyedOptions} with nothing left open, and what remains for each server. Throws `BadOptionError`. */
export const familySettingsOf = ({
  idle = 60_000,
  maxResident = 10_000,
  maxWaiting = 1_000,
  ...server
}: FamilyOptions): { readonly keyed: Required<KeyedOptions>; readonly server: ServerOptions } => {
  const check = new OptionCheck(`server '${server.name}'`)
  const keyed = {
    idle: check.positive('idle', idle),
    maxResident: check.positive('maxResident', check.count('maxResident', maxResident)),
    maxWaiting: check.count('maxWaiting', maxWaiting),
  }
  return { keyed, server }
}
