import { afterAll } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk that is soon full. */
export class SmallDisk {
  constructor(readonly path: string) {}

  /** Leaves no byte of it. */
  fill(): void {
    for (let size = 1_048_576; size >= 1; size = Math.floor(size / 2))
      try {
        for (;;) writeFileSync(this.filler, Buffer.alloc(size), { flag: 'a' })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
  }

  makeRoom(): void {
    rmSync(this.filler)
  }

  private get filler(): string {
    return join(this.path, 'filler')
  }
}

/** A disk of so many bytes until the tests of this file have run; `undefined` where this user may not mount one. */
export const smallDisk = (bytes: number): SmallDisk | undefined => {
  const path = mkdtempSync(join(tmpdir(), 'peeper-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmSync(path, { recursive: true })
    return undefined
  }
  afterAll(() => {
    execFileSync('umount', ['--lazy', path])
    rmSync(path, { recursive: true })
  })
  return new SmallDisk(path)
}
