// node dying.js <folder> <when>: a process that dies where it is said.

import { deaths } from './deaths.js'

const [path = '', when] = process.argv.slice(2)
const keepAlive = setInterval(() => undefined, 1_000)
await deaths.find(death => death.when === when)!.on(path)
clearInterval(keepAlive)
