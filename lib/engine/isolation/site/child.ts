import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ResourceLimits } from 'node:worker_threads'
import { hosted, hrefOf } from './parent.js'
import type { OpenSite } from './site.js'

/** What V8 says last when it has no memory left. */
const FULL = /heap out of memory|Reached heap limit|Array buffer allocation failed/
const TAIL = 4_096

/** A process that runs this file. */
export const child =
  (
    entry: string | URL,
    { maxOldGenerationSizeMb, maxYoungGenerationSizeMb }: ResourceLimits = {},
  ): OpenSite =>
  told => {
    const limits = [
      ...(maxOldGenerationSizeMb === undefined ? [] : [`--max-old-space-size=${maxOldGenerationSizeMb}`]),
      ...(maxYoungGenerationSizeMb === undefined
        ? []
        : [`--max-semi-space-size=${maxYoungGenerationSizeMb}`]),
    ]
    const forked = fork(fileURLToPath(hrefOf(entry)), hosted(entry), {
      serialization: 'advanced',
      execArgv: [...process.execArgv.filter(flag => !flag.startsWith('--inspect')), ...limits],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    })
    let words = ''
    let hasEnded = false
    const end = (exitCode: number | undefined, signal: string | undefined, cause?: unknown): void => {
      if (hasEnded) return
      hasEnded = true
      told.ended({ how: FULL.test(words) ? 'out of memory' : 'exited', exitCode, signal, cause })
    }
    forked.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      words = (words + chunk.toString('latin1')).slice(-TAIL)
    })
    forked.on('message', (bytes: ArrayBuffer) => {
      told.came(bytes)
    })
    forked.on('error', error => {
      if (forked.pid === undefined) end(undefined, undefined, error) // else it is of a message to one that ends
    })
    // Not 'exit': its last words may still be on their way.
    forked.on('close', (code, signal) => {
      end(code ?? undefined, signal ?? undefined)
    })
    return {
      post: bytes => {
        if (forked.connected) forked.send(bytes)
      },
      kill: async () => {
        if (hasEnded || forked.pid === undefined) return
        const closed = once(forked, 'close')
        forked.kill('SIGKILL')
        await closed
      },
    }
  }
