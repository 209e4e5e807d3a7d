import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** How a thread or a process is told that it hosts servers. */
export const HOSTED = 'nestjs-peeper:hosted'

/** The other end of a site: who opened this thread or process. */
export interface Parent {
  post(bytes: Uint8Array): void
  /** What came before is not lost. */
  listen(hear: (bytes: Uint8Array) => void): void
}

/** Who opened this thread or process to host servers; `undefined` if nobody did. */
export const parent = (): Parent | undefined => {
  if (!isMainThread) return workerData === HOSTED ? parentThread() : undefined
  const [, , said, pid] = process.argv
  return said === HOSTED && process.send !== undefined ? parentProcess(Number(pid)) : undefined
}

const parentThread = (): Parent | undefined => {
  const port = parentPort
  if (port === null) return undefined
  return {
    post: bytes => {
      port.postMessage(bytes, [bytes.buffer as ArrayBuffer])
    },
    listen: hear => {
      port.on('message', hear)
    },
  }
}

const parentProcess = (pid: number): Parent => {
  process.once('disconnect', () => process.exit())
  dieWith(pid)
  return {
    post: bytes => {
      process.send?.(bytes)
    },
    listen: hear => {
      process.on('message', hear)
    },
  }
}

/** A thread sees that the parent is gone while this one is busy for ever. */
const dieWith = (pid: number): void => {
  const watch = `setInterval(() => process.ppid === ${pid} || process.kill(process.pid, 'SIGKILL'), 500)`
  new Worker(watch, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref()
}
