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

test('Ctrl-C leaves a process alone until its handler has ended', async () => {
  const application = spawn(process.execPath, [program('./interrupted.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a group of its own
  })
  let said = ''
  application.stdout.on('data', (chunk: Buffer) => {
    if (said === '') process.kill(-application.pid!, 'SIGINT')
    said += chunk.toString()
  })
  await once(application, 'close')
  expect(said).toBe('sleeps\nslept\n')
})

test('what is its own entry file is told so, and opens no thread after thread', async () => {
  await expect(promisify(execFile)(process.execPath, [program('./own-entry.js')])).rejects.toMatchObject({
    stderr: expect.stringContaining('another file than the one that starts the engine') as unknown,
  })
})

test('a program that is given as text has processes that run its entry file, not that text', async () => {
  const text = `
    const { Engine } = await import('nestjs-peeper/engine')
    const { callbacks } = await import(${JSON.stringify(program('./callbacks.js'))})
    const engine = new Engine({ isolation: { entry: ${JSON.stringify(program('./hosted.js'))}, spares: 0 }, init: { timeout: 60_000 } })
    const server = await engine.start({ name: 'counter', state: { n: 5, seen: new Map() }, callbacks, isolation: 'process' })
    console.log(await server.call('read'))
    await engine.close()`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', text])
  expect((await run).stdout).toBe('5\n')
})

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
