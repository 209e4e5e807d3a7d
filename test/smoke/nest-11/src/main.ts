import 'reflect-metadata'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { HandleCall, InjectPeeper, PeeperModule, PeeperServer, type PeeperClient } from 'nestjs-peeper'

interface CounterState {
  n: number
}

@PeeperServer({ name: 'counter', state: { n: 0 } })
class Counter {
  @HandleCall()
  inc(state: CounterState): number {
    state.n += 1
    return state.n
  }

  @HandleCall()
  boom(state: CounterState): number {
    state.n = 99
    throw new Error('boom')
  }
}

@Injectable()
class Shop {
  constructor(@InjectPeeper(Counter) readonly counter: PeeperClient<Counter>) {}
}

@Module({
  imports: [PeeperModule.forRoot(), PeeperModule.forFeature([Counter])],
  providers: [Counter, Shop],
})
class AppModule {}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false })
  const { counter } = app.get(Shop)
  const first = await counter.call('inc')
  const crash = await counter.call('boom').then(String, reasonOf)
  const second = await counter.call('inc')
  console.log([first, crash, second].join(', '))
  await app.close()
}

void main()
