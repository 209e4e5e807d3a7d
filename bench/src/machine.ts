import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { peers } from './contenders/peers.js'
import { ROOT } from './root.js'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory: string
  readonly os: string
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
  os: `${platform()} ${release()} ${arch()}`,
})

const LIBRARIES = ['nestjs-peeper', '@nestjs/core', 'rxjs', 'mutative', 'autocannon']

/** Of Node, of ours and of everything beside it. */
export const versions = (): Record<string, string> => {
  const libraries = [...LIBRARIES, ...peers.flatMap(peer => peer.package ?? [])]
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    ...Object.fromEntries(libraries.map(library => [library, versionOf(library)])),
  }
}

/** Where the code is, and whether it is more than that. */
export const revision = (): { readonly commit: string; readonly dirty: boolean } => {
  try {
    return {
      commit: git('rev-parse', 'HEAD'),
      dirty: git('status', '--porcelain', '--', 'lib', 'bench/src') !== '',
    }
  } catch {
    return { commit: 'unknown', dirty: true } // not a clone
  }
}

const git = (...parameters: string[]): string =>
  execFileSync('git', parameters, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

const { resolve } = createRequire(import.meta.url)

// Not every package lets its package.json be imported: it is above what is.
const versionOf = (library: string): string => {
  let folder = dirname(resolve(library))
  for (;;) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >
      if (name === library && version !== undefined) return version
    } catch {
      // further up
    }
    if (folder === dirname(folder)) return 'unknown'
    folder = dirname(folder)
  }
}
