import { Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { describe, expect, test } from '@jest/globals'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { HandleCall, PeeperModule, PeeperServer } from 'nestjs-peeper'
import { Engine } from 'nestjs-peeper/engine'
import { lmdbKeeper, type LmdbKeeperOptions } from 'nestjs-peeper/lmdb'
import { runScript } from '../support/child-process.js'
import { Part, spoil } from '../support/raw-lmdb.js'
import { temporaryFolder, temporaryLmdbKeeper } from '../support/temporary-lmdb.js'
import { thrownBy } from '../support/thrown.js'

const server = { name: 'counter', state: 0, callbacks: {} }

/** How the start of a server on a keeper of this path ends. */
const starting = async (path: string): Promise<unknown> => {
  const engine = new Engine({ keeper: lmdbKeeper({ path }) })
  const ended: unknown = await engine.start(server).catch((error: unknown) => error)
  await engine.close()
  return ended
}

/** The same in a process of its own, after `prelude`. */
const startingElsewhere = async (path: string, prelude: string): Promise<string[]> => {
  const { lines, stderr } = await runScript(`${prelude}
    const { Engine } = await import('nestjs-peeper/engine')
    const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
    const engine = new Engine({ keeper: lmdbKeeper({ path: ${JSON.stringify(path)} }) })
    const start = engine.start({ name: 'counter', state: 0, callbacks: {} })
    await start.then(() => console.log('started'), e => console.log(e.code + '\\n' + e.message))
    await engine.close()`)
  return lines.length > 0 ? lines : [stderr]
}

/** A process that has the store open until it is killed. */
const holder = async (path: string): Promise<{ readonly pid: number; kill(): Promise<void> }> => {
  const script = `import { lmdbKeeper } from 'nestjs-peeper/lmdb'
    await lmdbKeeper({ path: ${JSON.stringify(path)} }).open()
    console.log('open'); setInterval(() => {}, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    pid: child.pid!,
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe('a store that cannot be opened fails the start', () => {
  test.each<[string, (path: string) => string]>([
    ['a file', path => join(path, 'file')],
    ['a path under a file', path => join(path, 'file', 'store')],
  ])('%s', async (_, pathIn) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), 'text')
    const path = pathIn(folder)
    expect(await starting(path)).toMatchObject({
      code: 'PEEPER_STORE_PATH',
      message: expect.stringContaining(`'${path}': it is a file`),
    })
  })

  test('a folder with something else where the store would be', async () => {
    const path = temporaryFolder()
    writeFileSync(join(path, 'data.mdb'), 'no store '.repeat(2_000))
    expect(await starting(path)).toMatchObject({ code: 'PEEPER_STORE_PATH' })
  })

  test('a folder that may not be written to', async () => {
    const path = temporaryFolder()
    mkdirSync(join(path, 'store'), { mode: 0o555 })
    // Root may write anywhere, so it becomes nobody first.
    const prelude = `if (process.getuid?.() === 0) { await import('nestjs-peeper/lmdb'); await import('nestjs-peeper/engine'); await import('lmdb'); process.setuid(65534) }`
    const [code, message] = await startingElsewhere(join(path, 'store'), prelude)
    expect([code, message]).toEqual(['PEEPER_STORE_READ_ONLY', expect.stringContaining('may not write to')])
  })

  test('a store of a later release, of which nothing is written', async () => {
    const path = temporaryFolder()
    await starting(path)
    await spoil(path, Part.format, 0, () => Buffer.of(99, 0, 0, 0))
    expect(await starting(path)).toMatchObject({
      code: 'PEEPER_NEWER_STORE',
      message: expect.stringContaining('has the format 99, and this release reads formats up to 1'),
    })
  })

  test('no driver', async () => {
    const hook = `export const resolve = (name, context, next) => {
      if (name === 'lmdb') throw Object.assign(new Error("Cannot find package 'lmdb'"), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(name, context) }`
    const prelude = `(await import('node:module')).register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}))`
    const path = join(temporaryFolder(), 'store')
    const [code, message] = await startingElsewhere(path, prelude)
    expect([code, message]).toEqual(['PEEPER_MISSING_DRIVER', expect.stringContaining('npm install lmdb')])
    expect(existsSync(path)).toBe(false)
  })

  test('two keepers of one process', async () => {
    const path = temporaryFolder()
    const first = temporaryLmdbKeeper({ path })
    await first.open?.()
    expect(await starting(path)).toMatchObject({
      code: 'PEEPER_STORE_IN_USE',
      message: expect.stringContaining('in this process already'),
    })
    await first.close?.()
    expect(await starting(path)).toMatchObject({ name: 'counter' })
  })

  test('another process, until that one is killed', async () => {
    const path = temporaryFolder()
    const { pid, kill } = await holder(path)
    const meanwhile = await starting(path).finally(kill)
    expect(meanwhile).toMatchObject({ code: 'PEEPER_STORE_IN_USE', pid })
    expect(await starting(path)).toMatchObject({ name: 'counter' })
  })

  test.each<[string, Partial<LmdbKeeperOptions>]>([
    ['path', { path: '' }],
    ['durability', { durability: 'none' as never }],
    ['onDamaged', { onDamaged: 'ignore' as never }],
    ['mapSize', { mapSize: -1 }],
    ['snapshot.share', { snapshot: { share: NaN } }],
    ['snapshot.minBytes', { snapshot: { minBytes: '1' as never } }],
  ])('an option that cannot be: %s', (option, options) => {
    const error = thrownBy(() => lmdbKeeper({ path: 'data', ...options }))
    expect(error).toMatchObject({
      code: 'PEEPER_BAD_OPTION',
      message: expect.stringContaining(`'${option}'`),
    })
  })
})

test('an application of keyed servers alone does not start on a store that is not there', async () => {
  @PeeperServer({ name: 'lot', keyed: true, state: 0 })
  class Lot {
    @HandleCall()
    read(state: number): number {
      return state
    }
  }
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, '')
  @Module({
    imports: [PeeperModule.forRoot({ keeper: lmdbKeeper({ path }), logger: false })],
    providers: [Lot],
  })
  class App {}
  const module = await Test.createTestingModule({ imports: [App] }).compile()
  await expect(module.init()).rejects.toMatchObject({ code: 'PEEPER_STORE_PATH' })
  await module.close()
})

test('a folder is made where there is none, whatever it is called', async () => {
  const path = join(temporaryFolder(), 'deep', 'store.mdb')
  await starting(path)
  expect(existsSync(join(path, 'data.mdb'))).toBe(true)
})
