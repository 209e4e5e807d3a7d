import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

test('an engine that closes ends its threads: the process comes to its end', async () => {
  expect(await promisify(execFile)(process.execPath, [program('./open-and-close.js')])).toEqual({
    stdout: '1\n',
    stderr: '',
  })
})

test('an application that is killed leaves no process behind, not even one in an endless loop', async () => {
  const application = spawn(process.execPath, [program('./orphan.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(application.stdout, 'data')) as [Buffer]
  const pids = JSON.parse(said.toString()) as number[]
  expect(pids.filter(isThere)).toEqual(pids)
  application.kill('SIGKILL')
  while (pids.some(isThere)) await new Promise(resolve => setTimeout(resolve, 50)) // nobody tells of it
})

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
