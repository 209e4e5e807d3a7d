import { Worker, type ResourceLimits } from 'node:worker_threads'
import { hosted, movable } from './parent.js'
import type { OpenSite } from './site.js'

/** A thread that runs this file. */
export const thread =
  (entry: string | URL, resourceLimits: ResourceLimits | undefined): OpenSite =>
  told => {
    const worker = new Worker(entry, { resourceLimits, workerData: hosted(entry) })
    let cause: unknown
    worker.on('message', (bytes: ArrayBuffer) => {
      told.came(bytes)
    })
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', exitCode => {
      const isFull = (cause as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
      told.ended({ how: isFull ? 'out of memory' : 'exited', exitCode, cause })
    })
    return {
      post: bytes => {
        worker.postMessage(bytes, movable(bytes))
      },
      kill: async () => {
        await worker.terminate()
      },
    }
  }
