// Proves that an app on Nest 11 compiles against the packed package, starts, and keeps its state through a crash:
// once as CommonJS, as most Nest 11 apps are, and once as ES modules.

import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { node, npm, root, withPacked } from './packed.mjs'

const app = fileURLToPath(new URL('nest-11/', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

/** CommonJS has another name for the file that is run. */
const withFilename = file => {
  writeFileSync(file, readFileSync(file, 'utf8').replace('import.meta.url', '__filename'))
}

await withPacked((tarball, folder) => {
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json'])
    copyFileSync(join(app, name), join(folder, name))
  npm(folder, 'ci', ...quiet)
  npm(folder, 'install', '--no-save', ...quiet, tarball)

  const nest = JSON.parse(
    readFileSync(join(folder, 'node_modules/@nestjs/core/package.json'), 'utf8'),
  ).version
  if (!nest.startsWith('11.'))
    throw new Error(`This is to prove something about Nest 11, but Nest ${nest} is installed`)

  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const type of ['commonjs', 'module']) {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, type }))
    cpSync(join(app, 'src'), join(folder, 'src'), { recursive: true })
    if (type === 'commonjs') withFilename(join(folder, 'src/pricing.worker.ts'))
    node(folder, tsc, '-p', '.')
    const said = node(folder, 'dist/main.js')
    // Of `terminate` the first worker and, at the close, the second.
    const expected = '1, boom, 2, 5 at 1 in a thread, 6 at 2 in a thread, bye 1, bye 2'
    if (said !== expected)
      throw new Error(`An app on Nest ${nest} (${type}) said '${said}' instead of '${expected}'`)
    console.log(
      `ok    Nest ${nest}, ${type}: inc answers 1, boom crashes half-way, inc answers 2, terminate finds what it needs open, a thread that exits is back with its state`,
    )
  }
})
