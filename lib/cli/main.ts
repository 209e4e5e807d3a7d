#!/usr/bin/env node
import { run } from './cli.js'

const code = await run(process.argv.slice(2), process.stdout, process.stderr)
process.exit(code) // a module of the user's may have left something open
