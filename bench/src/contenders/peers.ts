import { asyncMutex } from './async-mutex.js'
import { bare } from './bare.js'
import { comedy } from './comedy.js'
import type { Contender } from './contender.js'
import { fastq } from './fastq.js'
import { mutex } from './mutex.js'
import { nact } from './nact.js'
import { xstate } from './xstate.js'

export const peers: readonly Contender[] = [bare, mutex, fastq, asyncMutex, nact, xstate, comedy]
