import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ResourceLimits } from 'node:worker_threads'
import { systemClock } from '../../clock.js'
import { hosted, hrefOf } from './parent.js'
import type { OpenSite } from './site.js'

/** What V8 says last when it has no memory left. */
const FULL = /heap out of memory|Reached heap limit|Array buffer allocation failed/
const TAIL = 4_096
/** ms that the last words of a process may take when it has ended. */
const LINGERS = 200

/** What is run instead of a file, and where a debugger listens, is this process's own. */
const OWN = /^(--eval|--print|--check|--interactive|--input-type|--inspect|-[epci]+$)/
const TAKES_TEXT = /^(--eval|--print|-[epci]*[ep])$/

/** The flags of Node that a child is given too. */
const inherited = (flags: readonly string[]): string[] =>
  flags.filter((flag, i) => !OWN.test(flag) && !TAKES_TEXT.test(flags[i - 1] ?? ''))

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
      execArgv: [...inherited(process.execArgv), ...limits],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    })
    let words = ''
    let hasEnded = false
    const end = (exitCode: number | undefined, signal: string | undefined, cause?: unknown): void => {
      if (hasEnded) return
      hasEnded = true
      forked.stderr?.destroy()
      const said = words.trim()
      const lastWords = said === '' ? undefined : new Error(said)
      told.ended({
        how: FULL.test(said) ? 'out of memory' : 'exited',
        exitCode,
        signal,
        cause: cause ?? lastWords,
      })
    }
    forked.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      words = (words + chunk.toString('latin1')).slice(-TAIL)
    })
    forked.on('message', (bytes: Uint8Array) => {
      told.came(bytes, [])
    })
    forked.on('error', error => {
      if (forked.pid === undefined) end(undefined, undefined, error) // else it is of a message to one that ends
    })
    const exited = new Promise<void>(resolve => {
      // Its last words may still be on their way; or a child of its own holds the line, for ever.
      forked.once('exit', (code, signal) => {
        const close = (): void => {
          end(code ?? undefined, signal ?? undefined)
        }
        forked.once('close', close)
        systemClock.after(LINGERS, close).hold(false)
        resolve()
      })
    })
    return {
      post: bytes => {
        if (forked.connected) forked.send(bytes)
      },
      kill: async () => {
        if (hasEnded || forked.pid === undefined) return
        forked.kill('SIGKILL')
        await exited
      },
    }
  }
