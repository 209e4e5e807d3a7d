import { Data } from '../data/data.js'
import { checkName } from '../identity.js'
import { handlerTables, type Callbacks } from '../worker/callbacks.js'
import type { Program } from '../worker/program.js'
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

/** The blueprints of an engine. Servers of the same callbacks that set no option of their own are built from one: it is checked and made once. */
export class Blueprints {
  private readonly shared = new WeakMap<Callbacks, Blueprint>()

  constructor(private readonly defaults: ServerDefaults) {}

  /** @throws BadOptionError, BadNameError */
  of(options: ServerOptions): Blueprint {
    if (!isPlain(options)) return this.draw(options)
    checkName(options.name)
    const known = this.shared.get(options.callbacks)
    if (known !== undefined) return known
    const blueprint = this.draw(options)
    this.shared.set(options.callbacks, blueprint)
    return blueprint
  }

  private draw(options: ServerOptions): Blueprint {
    const settings = settingsOf(withDefaults(this.defaults, options))
    const { callbacks } = options
    const { types, refuses } = settings
    return {
      settings,
      program: { callbacks, tables: handlerTables(callbacks), data: new Data(types), refuses },
    }
  }
}

const isPlain = (options: ServerOptions): boolean => {
  for (const option in options)
    if (option !== 'name' && option !== 'state' && option !== 'callbacks') return false
  return typeof options.callbacks === 'object'
}
