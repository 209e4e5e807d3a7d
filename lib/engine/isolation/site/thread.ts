import { Worker, type ResourceLimits } from 'node:worker_threads'
import { Line, lineMemory } from './line.js'
import { hosted } from './parent.js'
import type { OpenSite } from './site.js'

/** A thread that runs this file. */
export const thread =
  (entry: string | URL, resourceLimits: ResourceLimits | undefined): OpenSite =>
  told => {
    const memory = lineMemory()
    const worker = new Worker(entry, { resourceLimits, workerData: [...hosted(entry), memory] })
    const line = new Line(memory, worker, told.came)
    let cause: unknown
    worker.on('message', (message: unknown) => {
      line.came(message)
    })
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', exitCode => {
      const isFull = (cause as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
      line.end()
      told.ended({ how: isFull ? 'out of memory' : 'exited', exitCode, cause })
    })
    return {
      post: line.post,
      kill: async () => {
        await worker.terminate()
      },
    }
  }
