import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../engine/exit.js'
import { UsageError } from './usage-error.js'

/** What a module of the user's exports, by name. Of a CommonJS module also what cannot be seen before it runs. */
export const exportsOf = async (path: string, option: string): Promise<ReadonlyMap<string, unknown>> => {
  let module: Readonly<Record<string, unknown>>
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n')
    throw new UsageError(`${option} ${path} could not be loaded: ${line.replace(/\.$/, '')}`)
  }
  const { default: whole, ...named } = module
  return new Map(Object.entries(typeof whole === 'object' ? { ...whole, ...named } : named))
}
