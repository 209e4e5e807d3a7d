import { execFile } from 'node:child_process'

/** What a script in a process of its own printed, line by line, and how it ended. */
export interface Run {
  readonly lines: string[]
  readonly code: number | null
  readonly stderr: string
}

/** Runs an ES module in a process of its own. By default where the package is, so that it finds the library by its name. */
export const runScript = (script: string, cwd = process.cwd()): Promise<Run> =>
  new Promise(resolve => {
    const child = execFile(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd, timeout: 20_000 },
      (_, stdout, stderr) => {
        resolve({ lines: stdout.split('\n').filter(line => line !== ''), code: child.exitCode, stderr })
      },
    )
  })
