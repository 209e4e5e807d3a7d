import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { StoreInUseError } from 'nestjs-peeper/lmdb'
import { AppModule, path } from './app.module.js'

const port = process.env.PORT ?? '3003'
const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const app = await NestFactory.create(AppModule)
app.enableShutdownHooks([], { useProcessExit: true }) // on Ctrl-C and SIGTERM: what was accepted is served first
try {
  await app.listen(port)
} catch (error) {
  if (!isTaken(error) && !(error instanceof StoreInUseError)) throw error
  console.error(
    isTaken(error)
      ? `Port ${port} is taken. Choose another: PORT=3999 CART_DATA=/tmp/carts npm run start:cart`
      : (error as Error).message,
  )
  process.exit(1)
}

const url = `http://localhost:${new URL(await app.getUrl()).port}`
const ann = `${url}/carts/ann`
console.log(`
The carts are at ${url}/carts, and kept in ${path}. Try, in this order:

  curl ${ann}/items -d sku=tea -d n=2  # {"items":[{"sku":"tea","n":2}],"total":700}
  curl ${ann}/items -d sku=cup         # {"items":[{"sku":"tea","n":2},{"sku":"cup","n":1}],"total":1500}

Kill it, start it again, and look:

  kill -9 ${process.pid}
  curl ${ann}                          # {"items":[{"sku":"tea","n":2},{"sku":"cup","n":1}],"total":1500}

Kill it in the middle of a checkout, after the order was written and the cart emptied; start it again, and neither has happened:

  curl -X POST ${ann}/die              # (nothing)
  curl ${ann}/orders                   # []
  curl -X POST ${ann}/checkout         # {"id":"ann-1","items":[{"sku":"tea","n":2},{"sku":"cup","n":1}],"total":1500}

What is not sold, and what is not there, changes nothing:

  curl ${ann}/items -d sku=moon        # {"message":"there is no 'moon': there are tea, cup, pot","error":"Not Found","statusCode":404}
  curl -X POST ${ann}/checkout         # {"message":"the cart is empty","error":"Conflict","statusCode":409}
`)
