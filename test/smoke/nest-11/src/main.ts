import 'reflect-metadata'
import { Global, Injectable, Module, type OnModuleDestroy } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import {
  HandleCall,
  InjectPeeper,
  PeeperModule,
  PeeperServer,
  Terminate,
  type PeeperClient,
} from 'nestjs-peeper'
import { Pricing } from './pricing.module.js'
import { pricing } from './pricing.worker.js'

interface CounterState {
  n: number
}

@Injectable()
class Ledger implements OnModuleDestroy {
  readonly lines: string[] = []
  private open = true

  write(line: string): void {
    this.lines.push(this.open ? line : `${line}, too late`)
  }

  onModuleDestroy(): void {
    this.open = false
  }
}

// Global modules are torn down last by Nest 12, and nowhere before the servers are drained.
@Global()
@Module({ providers: [Ledger], exports: [Ledger] })
class LedgerModule {}

@PeeperServer({ name: 'counter', state: { n: 0 } })
class Counter {
  constructor(private readonly ledger: Ledger) {}

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

  @Terminate()
  protected bye(state: CounterState): void {
    this.ledger.write(`bye ${state.n}`)
  }
}

@Injectable()
class Shop {
  constructor(
    @InjectPeeper(Counter) readonly counter: PeeperClient<Counter>,
    @InjectPeeper(Pricing) readonly pricing: PeeperClient<Pricing>,
  ) {}
}

@Module({
  imports: [
    LedgerModule,
    PeeperModule.forRoot({ isolation: { entry: pricing, threads: 1 } }),
    PeeperModule.forFeature([Counter, Pricing]),
  ],
  providers: [Counter, Shop],
})
class AppModule {}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false })
  const { counter, pricing } = app.get(Shop)
  const first = await counter.call('inc')
  const crash = await counter.call('boom').then(String, reasonOf)
  const second = await counter.call('inc')
  const priced = await pricing.call('price', 1)
  await pricing.call('exit').catch(() => undefined)
  const again = await pricing.call('price', 2, { timeout: 60_000 })
  const { lines } = app.get(Ledger)
  await app.close()
  console.log([first, crash, second, priced, again, ...lines].join(', '))
}

void main()
