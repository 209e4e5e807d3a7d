import { Worker } from 'node:worker_threads'
import type { OpenSite } from './place.js'

/** A thread that runs this file. */
export const thread =
  (entry: string | URL): OpenSite =>
  told => {
    const worker = new Worker(entry)
    worker.on('message', (bytes: Uint8Array) => {
      told.came(bytes)
    })
    let failure: unknown
    worker.on('error', error => {
      failure = error
    })
    worker.on('exit', code => {
      told.ended({ exitCode: code, cause: failure })
    })
    return {
      post: bytes => {
        worker.postMessage(bytes, [bytes.buffer as ArrayBuffer])
      },
      kill: async () => {
        await worker.terminate()
      },
    }
  }
