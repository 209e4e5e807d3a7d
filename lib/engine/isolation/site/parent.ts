import { pathToFileURL } from 'node:url'
import { done } from '../../promptly.js'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const HOSTED = 'nestjs-peeper:hosted'
const LARGE = 32_768

/** What a thread is told by its `workerData`, and a process by its arguments: that it hosts servers, for what entry, and whose child it is. */
export const hosted = (entry: string | URL): string[] => [HOSTED, hrefOf(entry), String(process.pid)]

/** A file, whether it is given by path or by URL. */
export const hrefOf = (file: string | URL): string =>
  file instanceof URL ? file.href : file.startsWith('file:') ? file : pathToFileURL(file).href

/** The other end of a site: who opened this thread or process. */
export interface Parent {
  /** The file that is run here. */
  readonly entry: string
  post(bytes: ArrayBuffer): void
  /** What came before is not lost. */
  listen(hear: (bytes: ArrayBuffer) => void): void
}

/** To move a few bytes to another thread takes longer than to copy them. */
export const movable = (bytes: ArrayBuffer): ArrayBuffer[] => (bytes.byteLength < LARGE ? [] : [bytes])

/** Who opened this thread or process to host servers; `undefined` if nobody did. */
export const parent = (): Parent | undefined => {
  const said: unknown = isMainThread ? process.argv.slice(2) : workerData
  if (!Array.isArray(said) || said[0] !== HOSTED) return undefined
  const [, entry, pid] = said as string[]
  return isMainThread ? parentProcess(String(entry), Number(pid)) : parentThread(String(entry))
}

const parentThread = (entry: string): Parent => ({
  entry,
  post: bytes => {
    parentPort?.postMessage(bytes, movable(bytes))
  },
  listen: hear => {
    parentPort?.on('message', hear)
  },
})

const parentProcess = (entry: string, pid: number): Parent => ({
  entry,
  post: bytes => {
    process.send?.(bytes)
  },
  listen: hear => {
    process.once('disconnect', () => process.exit())
    // Ctrl-C reaches the whole group: the parent ends what runs here when it is done with it.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, done)
    dieWith(pid)
    process.on('message', hear)
  },
})

/** A thread sees that the parent is gone while this one is busy for ever. */
const dieWith = (pid: number): void => {
  const watch = `setInterval(() => process.ppid === ${pid} || process.kill(process.pid, 'SIGKILL'), 500)`
  new Worker(watch, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref()
}
