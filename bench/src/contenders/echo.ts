// A thread that answers what it is sent, and nothing else: the least that a message to a thread can cost.

import { parentPort } from 'node:worker_threads'

parentPort?.on('message', (message: unknown) => {
  parentPort?.postMessage(message)
})
