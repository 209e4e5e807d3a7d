import 'reflect-metadata'
import { Logger } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.js'

const given = process.env.PORT ?? '3000'
const port = /^\d+$/.test(given) ? Number(given) : NaN
if (!(port <= 65_535)) {
  console.error(
    `PORT is '${given}': it must be a number from 0 (any free port) to 65535. For instance: PORT=3000 npm start`,
  )
  process.exit(1)
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

// From this level on. With LOG_LEVEL=debug the listener tells each end of a worker.
Logger.overrideLogger([process.env.LOG_LEVEL === 'debug' ? 'debug' : 'log'])
const app = await NestFactory.create(AppModule)
app.enableShutdownHooks([], { useProcessExit: true }) // on Ctrl-C and SIGTERM: what was accepted is served first
try {
  await app.listen(port)
} catch (error) {
  if (!isTaken(error)) throw error
  const other = port < 65_535 ? port + 1 : port - 1
  console.error(`Port ${port} is taken. Choose another: PORT=${other} npm start`)
  process.exit(1)
}

const url = `http://localhost:${new URL(await app.getUrl()).port}/counter`
console.log(`
The counter is at ${url}. Try, in this order:

  curl ${url}                        # {"value":0}
  curl -X POST ${url}/increment      # {"value":1}      a call: it answers when it is committed
  curl -X POST ${url}/cast           # (nothing)        a cast: nobody waits
  curl -X POST ${url}/send           # (nothing)        any other message
  curl ${url}                        # {"value":3}
  curl ${url}/status                 # {"value":3,"worker":1,"restarts":0}

Crash it half-way through a change, up to 1 000 times in 10 seconds if you like:

  curl -X POST ${url}/crash          # a 500 that says why
  curl ${url}                        # {"value":3}      as if it had never happened
  curl ${url}/status                 # {"value":3,"worker":2,"restarts":1}

After more crashes than that it is down, and answers 503. This brings it back, with its value:

  curl -X POST ${url}/start          # {"value":3}

Refused, which restarts nothing:

  curl -X POST '${url}/take?by=100'  # {"message":"there are not 100 to take","error":"Conflict","statusCode":409}
  curl -X POST ${url}/preset/moon    # {"message":"there is no preset 'moon'","error":"Not Found","statusCode":404}
  curl ${url}/status                 # {"value":3,"worker":2,"restarts":1}

Watch its changes, here or in a browser:

  curl -N ${url}/changes
`)
