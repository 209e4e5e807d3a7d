import { once } from 'node:events'
import { execFile, spawn } from 'node:child_process'
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

// What docs/guide/isolation.md says of the two: V8 ends the whole process where one allocation goes past the limit of a thread.
test('a huge array ends the application in a thread, and in a process only that', async () => {
  const fill = (isolation: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [program('./huge.js'), isolation])
  await expect(fill('thread')).rejects.toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('heap out of memory') as unknown,
  })
  expect(await fill('process')).toMatchObject({ stdout: '1\n' })
}, 60_000)

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
