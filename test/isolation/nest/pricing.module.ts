import { appendFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { HttpException, Injectable, Module, type OnModuleDestroy } from '@nestjs/common'
import {
  HandleCall,
  HandleCast,
  Init,
  InjectPeeper,
  Peeper,
  PeeperModule,
  PeeperServer,
  type PeeperClient,
  type PeeperClients,
} from 'nestjs-peeper'

/** Where handlers ran: a process and a thread of it. */
export type Where = readonly [pid: number, thread: number]
export const here = (): Where => [process.pid, threadId]

/** Runs on the main side. */
@PeeperServer({ name: 'stock', state: { left: 10 } })
export class Stock {
  @HandleCall() take(state: { left: number }, count: number): number {
    if (count > state.left) throw new HttpException('sold out', 409)
    return (state.left -= count)
  }
  @HandleCall() where(): Where {
    return here()
  }
  @HandleCall() async ask(_: unknown, name: string): Promise<unknown> {
    return name
  }
}

/** What only the worker has. It writes down that it was closed. */
@Injectable()
export class Rates implements OnModuleDestroy {
  readonly vat = 20
  diary: string | undefined

  onModuleDestroy(): void {
    if (this.diary !== undefined) appendFileSync(this.diary, 'closed\n')
  }
}

interface Prices {
  asked: number
}

@PeeperServer({ name: 'pricing', isolation: 'thread', state: { asked: 0 } })
export class Pricing {
  constructor(
    private readonly rates: Rates,
    @InjectPeeper(Stock) private readonly stock: PeeperClient<Stock>,
    @InjectPeeper('quotes') private readonly quotes: PeeperClients<Quote>,
    private readonly peeper: Peeper,
  ) {}

  @Init() protected start(state: Prices): Prices {
    return state
  }
  @HandleCall() price(state: Prices, net: number): number {
    state.asked += 1
    return (net * (100 + this.rates.vat)) / 100
  }
  @HandleCall() where(): Where {
    return here()
  }
  @HandleCall() async buy(state: Prices, count: number): Promise<number> {
    state.asked += 1
    return this.stock.call('take', count)
  }
  @HandleCall() async others(): Promise<unknown[]> {
    return [
      await this.stock.call('where'),
      await this.quotes.for('a/b').call('quote', 5),
      await this.peeper.call('stock', 'where'),
    ]
  }
  @HandleCall() mainSideOnly(): string[] {
    const codeOf = (ask: () => unknown): string => {
      try {
        ask()
        return 'nothing thrown'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    return [
      codeOf(() => this.stock.status()),
      codeOf(() => this.peeper.events$),
      codeOf(() => this.quotes.resident()),
    ]
  }
  /** What cannot be sent, and what goes to nobody. */
  @HandleCall() async misuse(): Promise<unknown[]> {
    const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
      asked.catch((error: unknown) => (error as { code?: string }).code)
    this.peeper.exit('nobody', 'over')
    return [
      await codeOf(this.peeper.call('stock', Symbol('where') as never)),
      await codeOf(this.peeper.call('stock', 'where', undefined, { timeout: (() => 1) as never })),
      await codeOf(this.peeper.call('stock', 'ask', () => 1)),
      await this.peeper.call('stock', 'ask', 'all is well'),
    ]
  }
  @HandleCall() keepDiary(_: Prices, file: string): void {
    this.rates.diary = file
  }
  @HandleCall() refuse(): never {
    throw new HttpException('no price', 422)
  }
  @HandleCall() exit(): never {
    process.exit(1)
  }
  @HandleCast() note(state: Prices): void {
    state.asked += 100
  }
}

@PeeperServer({ name: 'quotes', isolation: 'process', keyed: true, state: [] })
export class Quote {
  @HandleCall() quote(all: number[], price: number): number[] {
    all.push(price)
    return all
  }
  @HandleCall() where(): Where {
    return here()
  }
}

@Module({
  imports: [PeeperModule.forFeature([Stock, Quote])],
  providers: [Rates, Pricing, Quote],
})
export class PricingModule {}
