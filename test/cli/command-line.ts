import { spawn } from 'node:child_process'
import { once } from 'node:events'

const MAIN = 'dist/cli/main.js'

/** What the command line said, and how it ended. */
export interface Said {
  readonly code: number | null
  readonly out: string
  readonly lines: string[]
  /** Without the lines of its progress, which a slow machine is told. */
  readonly err: string
  readonly progress: readonly string[]
}

const PROGRESS = /^.* …\n/gm

/** `npx nestjs-peeper …`, in a process of its own, with this coming in. */
export const peeper = async (args: readonly string[], input = ''): Promise<Said> => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'pipe' })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.on('error', () => undefined) // it may have gone before it read
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  const lines = out.split('\n').filter(line => line !== '')
  return { code, out, lines, err: err.replace(PROGRESS, ''), progress: err.match(PROGRESS) ?? [] }
}
