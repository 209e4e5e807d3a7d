import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.js'

const port = Number(process.env.PORT ?? 3000)

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const app = await NestFactory.create(AppModule)
app.enableShutdownHooks([], { useProcessExit: true }) // on Ctrl-C and SIGTERM: what was accepted is served first
try {
  await app.listen(port)
} catch (error) {
  if (!isTaken(error)) throw error
  console.error(`Port ${port} is taken. Choose another: PORT=${port + 1} npm start`)
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

Crash it half-way through a change, a hundred times if you like:

  curl -X POST ${url}/crash          # a 500 that says why
  curl ${url}                        # {"value":3}      as if it had never happened
  curl ${url}/status                 # {"value":3,"worker":2,"restarts":1}

Refused, which restarts nothing:

  curl -X POST '${url}/take?by=100'  # {"message":"there are not 100 to take","error":"Conflict","statusCode":409}
  curl -X POST ${url}/preset/moon    # {"message":"there is no preset 'moon'","error":"Not Found","statusCode":404}
  curl ${url}/status                 # {"value":3,"worker":2,"restarts":1}

Watch its changes, here or in a browser:

  curl -N ${url}/changes
`)
