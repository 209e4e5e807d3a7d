// The package as a user gets it: packed by npm, unpacked elsewhere.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Runs npm, the one this was started with. */
export const npm = (folder, ...parameters) => {
  const { npm_execpath: script } = process.env
  const [binary, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
  return execFileSync(binary, [...first, ...parameters], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: binary === 'npm' && process.platform === 'win32',
  })
}

/** Runs a Node script until it ends by itself: one that a forgotten timer keeps alive fails. */
export const node = (folder, ...parameters) =>
  execFileSync(process.execPath, parameters, { cwd: folder, encoding: 'utf8', timeout: 60_000 }).trim()

/** Packs the package and hands its tarball, and an empty folder outside the repository, to `use`. */
export const withPacked = async use => {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-peeper-'))
  try {
    const [{ filename }] = JSON.parse(
      npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder),
    )
    await use(join(folder, filename), folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
