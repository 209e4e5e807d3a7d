import { readFileSync, readlinkSync } from 'node:fs'

/**
 * The process that has a store open. A process that was killed cannot say so: whoever finds its record looks whether that very process is still
 * there. Its number alone does not tell, for numbers are given anew; where there is `/proc`, the time it started and the boot of the system
 * do.
 */
export interface Holder {
  readonly pid: number
  /** Of the system. */
  readonly boot?: string | undefined
  /** Where its number counts: two containers have two. */
  readonly space?: string | undefined
  /** When it started, in ticks since the boot. */
  readonly start?: string | undefined
}

const STARTED = 19 // the 22nd field of stat, counted from behind the name

/** This process. */
export const thisProcess = (): Holder => ({
  pid: process.pid,
  boot: known(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  space: known(() => readlinkSync('/proc/self/ns/pid')),
  start: startOf(process.pid),
})

/**
 * Does this process still run? One of a system that was booted since does not. Of one in another container there is no knowing; it counts as
 * gone, for a container that was killed has to find its store open, and two that write at once still refuse each other's commits.
 */
export const isAlive = (holder: Holder, self: Holder): boolean => {
  if (holder.boot !== self.boot || holder.space !== self.space) return false
  return holder.start === undefined ? isThere(holder.pid) : holder.start === startOf(holder.pid)
}

const startOf = (pid: number): string | undefined =>
  known(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTED]
  })

const known = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
