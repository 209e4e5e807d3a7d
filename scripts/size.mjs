// Prints what each entry of package.json's "exports" weighs, minified, without its peers.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const kilobytes = bytes => `${(bytes / 1000).toFixed(1)} kB`.padStart(9)

for (const [entry, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue
  const { outputFiles } = await build({
    entryPoints: [target.default],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
  })
  const code = outputFiles[0].contents
  console.log(
    `${name}${entry.slice(1)}`.padEnd(24),
    kilobytes(code.length),
    'min',
    kilobytes(gzipSync(code).length),
    'min+gzip',
  )
}
