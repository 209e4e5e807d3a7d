import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.js'

const port = process.env.PORT ?? '3002'
const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const app = await NestFactory.create(AppModule)
app.enableShutdownHooks([], { useProcessExit: true }) // on Ctrl-C and SIGTERM: what was accepted is served first
try {
  await app.listen(port)
} catch (error) {
  if (!isTaken(error)) throw error
  console.error(`Port ${port} is taken. Choose another: PORT=3999 npm run start:rooms`)
  process.exit(1)
}

const url = `http://localhost:${new URL(await app.getUrl()).port}`
const lobby = `${url}/rooms/lobby`
console.log(`
The rooms are at ${url}/rooms. Try, in this order:

  curl ${lobby}/members -d name=ann                      # {"members":["ann"]}
  curl ${lobby}/messages -d from=ann -d text=hello       # {"id":1,"from":"ann","text":"hello"}
  curl ${lobby}/messages -d from=ann -d 'text=oh, darn'  # {"id":2,"from":"ann","text":"oh, ****"}
  curl '${lobby}/messages?after=1&limit=20'              # [{"id":2,"from":"ann","text":"oh, ****"}]

Crash the room in the middle of a write:

  curl -X POST ${lobby}/crash                            # a 500 that says why
  curl ${lobby}/messages                                 # [{"id":1,"from":"ann","text":"hello"},{"id":2,"from":"ann","text":"oh, ****"}]

Leave it alone for 5 s (ROOM_IDLE ms), and read here that it is passivated; then speak again:

  curl ${url}/rooms                                                # {"rooms":["lobby"],"resident":[]}
  curl ${lobby}/messages -d from=ann -d text=hi          # {"id":3,"from":"ann","text":"hi"}

Move the moderator, who reads every message, to the other supervisor:

  curl ${url}/moderator                                            # {"day":["moderator"],"night":[],"checked":3}
  curl -X POST ${url}/moderator/shift                              # {"day":[],"night":["moderator"],"checked":3}

Forget the room, with its messages:

  curl -X DELETE ${lobby}                                # (nothing)
  curl ${url}/rooms                                                # {"rooms":[],"resident":[]}

Watch a room, here or in a browser; it neither wakes the room nor keeps it in memory:

  curl -N ${lobby}/changes
`)
