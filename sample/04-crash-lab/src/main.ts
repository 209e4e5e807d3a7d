import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.js'

const port = process.env.PORT ?? '3004'

const app = await NestFactory.create(AppModule)
app.enableShutdownHooks([], { useProcessExit: true }) // on Ctrl-C and SIGTERM: threads and processes end with it
try {
  await app.listen(port)
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
  console.error(`Port ${port} is taken. Choose another: PORT=3999 npm run start:lab`)
  process.exit(1)
}

const url = `http://localhost:${new URL(await app.getUrl()).port}`
console.log(`
The labs are open. Two servers count experiments, one in a thread, one in a process. Try, in this order:

  curl -X POST ${url}/thread           # {"experiments":1}
  curl -X POST ${url}/process          # {"experiments":1}
  curl -X POST ${url}/thread/loop      # {"crashed":"loop","how":"hung"}

That took 2 s, the deadline. GET /state answers all along: try it meanwhile from another terminal. Nothing was lost, and a new worker serves:

  curl ${url}/state                    # {"thread":{"experiments":1,"worker":2},"process":{"experiments":1,"worker":1}}
  curl -X POST ${url}/thread           # {"experiments":2}

More of them:

  curl -X POST ${url}/thread/exit      # {"crashed":"exit","how":"exited"}
  curl -X POST ${url}/thread/timer     # {"crashed":"timer","how":"exited"}
  curl -X POST ${url}/thread/memory    # {"crashed":"memory","how":"out of memory"}
  curl -X POST ${url}/process/kill     # {"crashed":"kill","how":"exited"}
  curl -X POST ${url}/process/segfault # {"crashed":"segfault","how":"exited"}
  curl -X POST ${url}/process          # {"experiments":2}

All of them: throw, loop, regex, exit, timer, rejection, memory, abort; in a process also array, kill, segfault.
`)
