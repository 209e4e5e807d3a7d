import { checkName } from '../identity.js'
import type { Callbacks } from '../worker/callbacks.js'
import { programOf, type Program } from '../worker/program.js'
import {
  settingsOf,
  withDefaults,
  type ServerDefaults,
  type ServerOptions,
  type Settings,
} from './settings.js'

/** What a server is built from. */
export interface Blueprint {
  readonly settings: Settings
  readonly program: Program
}

/** A blueprint, and the options that it was drawn for. */
interface Drawn {
  readonly options: ServerOptions
  readonly blueprint: Blueprint
}

/** The blueprints of an engine. Servers that differ from the last of the same callbacks in name and state alone share its: it is checked and made once. */
export class Blueprints {
  private readonly drawn = new WeakMap<Callbacks, Drawn>()

  constructor(private readonly defaults: ServerDefaults) {}

  /** @throws BadOptionError, BadNameError */
  of(options: ServerOptions): Blueprint {
    const { callbacks, name } = options
    const last = typeof callbacks === 'object' ? this.drawn.get(callbacks) : undefined
    if (last !== undefined && areAlike(options, last.options)) {
      checkName(name)
      return last.blueprint
    }
    const blueprint = this.draw(options)
    this.drawn.set(callbacks, { blueprint, options: { ...options, state: undefined } })
    return blueprint
  }

  private draw(options: ServerOptions): Blueprint {
    const settings = settingsOf(withDefaults(this.defaults, options))
    const { callbacks } = options
    return { settings, program: programOf(callbacks, settings) }
  }
}

const areAlike = (one: ServerOptions, other: ServerOptions): boolean => {
  for (const option in one) if (differ(one, other, option as keyof ServerOptions)) return false
  for (const option in other)
    if (!(option in one) && differ(one, other, option as keyof ServerOptions)) return false
  return true
}

const differ = (one: ServerOptions, other: ServerOptions, option: keyof ServerOptions): boolean =>
  option !== 'name' && option !== 'state' && !isSame(one[option], other[option])

/** The same value, or lists or groups of the same values. */
const isSame = (one: unknown, other: unknown): boolean => {
  if (Object.is(one, other)) return true
  if (!isGroup(one) || !isGroup(other) || Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every(name => Object.is(one[name], other[name]))
}

const isGroup = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}
