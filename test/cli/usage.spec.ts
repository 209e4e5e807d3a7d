import { describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'
import { Part, spoil } from '../support/raw-lmdb.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { peeper } from './command-line.js'
import { filledShop, openShop } from './shop.js'

const commands = ['list', 'show', 'export', 'import', 'upgrade']
const PAGES = ['--keeper', '.test/cli/modules/pages.js']

describe('help', () => {
  test('names all commands and all stores', async () => {
    const { code, out, err } = await peeper(['--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const said of [...commands, '--lmdb <folder>', '--postgres <url>', '--keeper <module>'])
      expect(out).toContain(said)
  })

  test.each(commands)('of %s says what it takes', async command => {
    const { code, out, err } = await peeper([command, '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^nestjs-peeper ${command} .*<store>`))
  })

  test('has the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await peeper(['--version'])).toMatchObject({ code: 0, out: `${version}\n`, err: '' })
  })
})

describe('what cannot be meant', () => {
  test.each<[string[], string]>([
    [[], 'say which command it is: list, show, export, import, upgrade'],
    [['lits'], "there is no command 'lits': there are list, show, export, import, upgrade"],
    [['constructor'], "there is no command 'constructor': there are list, show, export, import, upgrade"],
    [['--lmdb'], "Unknown option '--lmdb'"],
    [['list', '--lmx', 'x'], "Unknown option '--lmx'"],
    [['list', '--lmdb'], "Option '--lmdb <value>' argument missing"],
    [['list'], 'say which store it is: --lmdb <folder> or --'],
    [['list', '--lmdb', 'x', ...PAGES], 'say one store: --lmdb <folder> or --'],
    [['list', 'a', 'b', ...PAGES], 'list takes [name]'],
    [['list', '--limit', 'ten', ...PAGES], "--limit takes a whole number, not 'ten'"],
    [
      ['list', '--after', 'a', ...PAGES],
      '--after takes a key, and needs the name of the servers that have it',
    ],
    [['show', ...PAGES], 'show takes <name>[/<key>]'],
    [['show', 'lot/', ...PAGES], 'it is empty'],
    [['import', 'x', ...PAGES], 'import takes no name'],
    [['import', '--file', '/no/such', ...PAGES], "there is no file '/no/such'"],
    [['upgrade', ...PAGES], 'upgrade needs --module <module>: where the classes are that know how'],
    [
      ['upgrade', '--module', '/no/such.js', ...PAGES],
      '--module /no/such.js could not be loaded: Cannot find module',
    ],
    [
      ['upgrade', '--module', '.test/support/samples.js', ...PAGES],
      'it exports no class under @PeeperServer()',
    ],
    [['list', '--keeper', '/no/such.js'], '--keeper /no/such.js could not be loaded: Cannot find module'],
    [['list', '--keeper', '.test/support/samples.js'], '--keeper .test/support/samples.js exports no keeper'],
  ])('%j is a line, and exit code 2', async (args, said) => {
    const { code, out, err } = await peeper(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(said)
    expect(err).toMatch(/^nestjs-peeper: .*\. See nestjs-peeper --help\n$/)
  })
})

describe('a store', () => {
  test('that an application has open is left alone', async () => {
    const path = await filledShop()
    const { engine } = await openShop(path)
    const { code, err, out } = await peeper(['list', '--lmdb', path])
    await engine.close()
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(
      `nestjs-peeper: the store '${path}' is open in process ${process.pid}, and one process at a time may own it. Stop that one, or`,
    )
    expect(err.trim().split('\n')).toHaveLength(1)
    expect((await peeper(['list', '--lmdb', path])).code).toBe(0)
  })

  test('that is none is an error of one line', async () => {
    const path = temporaryFolder()
    writeFileSync(join(path, 'data.mdb'), 'nothing of the kind')
    const { code, err } = await peeper(['list', '--lmdb', path])
    expect(code).toBe(1)
    expect(err).toMatch(/^nestjs-peeper: .*its data.mdb is no LMDB database.*\n$/)
  })

  test('with a damaged record: it is named, the other servers are exported', async () => {
    const path = await filledShop()
    await spoil(path, Part.head, 1)
    const { code, err, lines } = await peeper(['export', '--lmdb', path])
    expect(code).toBe(1)
    expect(err).toMatch(/^'lot\/b\/c' was not exported: the head of 'lot\/b\/c' in the store '.*' is damaged/)
    expect(err).toMatch(/\nexported 3 servers, 3 entries of tables; 1 server failed\n$/)
    expect(lines.filter(line => line.includes('"server"'))).toHaveLength(3)
    expect((await peeper(['show', 'lot/b/c', '--lmdb', path])).err).toMatch(/^nestjs-peeper: the head of/)
  })

  test('with a damaged entry of a table: what was exported of that server says so, and is not imported', async () => {
    const path = await filledShop()
    await spoil(path, Part.entry, 1)
    const { code, err, lines, out } = await peeper(['export', 'lot/a', '--lmdb', path])
    expect(code).toBe(1)
    expect(err).toMatch("'lot/a' was not exported: the entry 2 of the table 'bids' of 'lot/a'")
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      end: { name: 'lot', key: 'a' },
      error: expect.stringContaining('is damaged'),
    })
    const other = temporaryFolder()
    expect(await peeper(['import', '--lmdb', other], out)).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^line 3: 'lot\/a' could not be exported whole: .*Nothing of this server was written\nimported 0 servers; 1/,
      ),
    })
    const keeper = lmdbKeeper({ path: other })
    expect(await keeper.load({ name: 'lot', key: 'a' })).toBeUndefined()
    await keeper.close?.()
  })
})

test('a reader that goes ends it quietly, and the store is free', async () => {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'list', 'endless', ...PAGES], { stdio: 'pipe' })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(err).toBe('')
})

describe('progress', () => {
  test('is a plain line a second on stderr, once it takes long', async () => {
    const { progress, lines } = await peeper(['list', '--keeper', '.test/cli/modules/slow.js'])
    expect(lines).toHaveLength(5)
    expect(progress).toEqual(['list: 3 servers, 2 s …\n', 'list: 5 servers, 3 s …\n'])
  })
})
