// Proves that the packed package loads by `import` and by `require()`, every entry of it, on the Nest of this repository,
// and that both get one and the same module: two would mean two sets of injection tokens. And that its command runs.

import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { manifest, node, root, withPacked } from './packed.mjs'

const promised = {
  'nestjs-peeper': ['PeeperModule', 'PeeperServer', 'HandleCall', 'InjectPeeper', 'reply', 'noreply'],
  'nestjs-peeper/engine': ['Engine', 'memoryKeeper'],
  'nestjs-peeper/testing': ['simulatedClock'],
  'nestjs-peeper/lmdb': ['lmdbKeeper'],
  'nestjs-peeper/redis': ['redisKeeper'],
  'nestjs-peeper/postgres': ['postgresKeeper', 'postgresMigration'],
}

const check = `
const check = (how, entry, module) => {
  for (const name of promised[entry])
    if (typeof module[name] !== 'function') throw new Error(entry + ' by ' + how + ' has no ' + name)
  console.log('ok    ' + how.padEnd(9), entry.padEnd(22), Object.keys(module).length, 'exports')
}
const promised = ${JSON.stringify(promised)}
`

const scripts = {
  'by-import.mjs': `import 'reflect-metadata'
${check}
for (const entry of Object.keys(promised)) check('import', entry, await import(entry))`,

  'by-require.cjs': `require('reflect-metadata')
${check}
for (const entry of Object.keys(promised)) check('require()', entry, require(entry))`,

  'both.cjs': `require('reflect-metadata')
const main = async () => {
  for (const entry of ${JSON.stringify(Object.keys(promised))}) {
    const [required, imported] = [require(entry), await import(entry)]
    for (const name of Object.keys(imported))
      if (required[name] !== imported[name]) throw new Error(name + ' of ' + entry + ' exists twice')
  }
  console.log('ok    both      one set of exports for import and require()')
}
void main()`,
}

await withPacked((tarball, folder) => {
  const modules = join(folder, 'node_modules')
  const installed = join(modules, manifest.name)
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  for (const name of Object.keys({ ...manifest.peerDependencies, ...manifest.dependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), text)
    console.log(node(folder, name))
  }
  for (const [name, path] of Object.entries(manifest.bin))
    console.log('ok    bin      ', name.padEnd(22), node(folder, join(installed, path), '--version'))
})
