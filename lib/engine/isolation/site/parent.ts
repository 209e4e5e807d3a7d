import { pathToFileURL } from 'node:url'
import { isMainThread, parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads'
import { done } from '../../promptly.js'
import type { Post } from '../courier.js'
import { Line, type LineMemory } from './line.js'
import { Lookout } from './lookout.js'

const HOSTED = 'nestjs-peeper:hosted'

/** What a process is told by its arguments, and a thread by its `workerData`: that it hosts servers, for what entry, and whose child it is. */
export const hosted = (entry: string | URL): string[] => [HOSTED, hrefOf(entry), String(process.pid)]

/** A file, whether it is given by path or by URL. */
export const hrefOf = (file: string | URL): string =>
  file instanceof URL ? file.href : file.startsWith('file:') ? file : pathToFileURL(file).href

/** The other end of a site: who opened this thread or process. */
export interface Parent {
  /** The file that is run here. */
  readonly entry: string
  /** Can something change hands? */
  readonly moves: boolean
  /** Hears what comes, and what came before. */
  listen(hear: Post): Post
}

/** Who opened this thread or process to host servers; `undefined` if nobody did. */
export const parent = (): Parent | undefined => {
  const said: unknown = isMainThread ? process.argv.slice(2) : workerData
  if (!Array.isArray(said) || said[0] !== HOSTED) return undefined
  const [, entry, pid, memory] = said as [string, string, string, LineMemory]
  return {
    entry,
    moves: !isMainThread,
    listen: isMainThread ? parentProcess(Number(pid)) : parentThread(memory),
  }
}

const parentThread =
  ([into, out]: LineMemory): Parent['listen'] =>
  hear => {
    const port = parentPort as MessagePort
    const line = new Line([out, into], port, hear)
    port.on('message', (message: unknown) => {
      line.came(message)
    })
    return line.post
  }

const parentProcess =
  (pid: number): Parent['listen'] =>
  hear => {
    process.once('disconnect', () => process.exit())
    // Ctrl-C reaches the whole group: the parent ends what runs here when it is done with it.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, done)
    dieWith(pid)
    const lookout = new Lookout()
    process.on('message', (bytes: Uint8Array) => {
      hear(bytes, [])
      lookout.came()
    })
    return bytes => {
      process.send?.(bytes)
    }
  }

/** A thread sees that the parent is gone while this one is busy for ever. */
const dieWith = (pid: number): void => {
  const watch = `setInterval(() => process.ppid === ${pid} || process.kill(process.pid, 'SIGKILL'), 500)`
  new Worker(watch, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref()
}
