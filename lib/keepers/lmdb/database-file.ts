import { closeSync, existsSync, openSync, readSync } from 'node:fs'

const MAGIC = 0xbeefc0de
const MAGIC_AT = [24, 16] // in the driver's own layout, and in that of plain LMDB
const LEAST = 8_192 // two pages that describe the rest

/** Whether there is a database here, or nothing yet. LMDB maps the file into memory: of one that is something else it would crash the process. */
export const isDatabase = (path: string): boolean => {
  if (!existsSync(path)) return true
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(LEAST)
    const size = readSync(file, head)
    return size === 0 || (size === LEAST && MAGIC_AT.some(at => head.readUInt32LE(at) === MAGIC))
  } finally {
    closeSync(file)
  }
}
