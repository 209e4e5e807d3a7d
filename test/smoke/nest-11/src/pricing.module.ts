import { threadId } from 'node:worker_threads'
import { Injectable, Module } from '@nestjs/common'
import { HandleCall, PeeperServer } from 'nestjs-peeper'

@Injectable()
export class Tariff {
  readonly base = 4
}

@PeeperServer({ name: 'pricing', isolation: 'thread', state: { asked: 0 } })
export class Pricing {
  constructor(private readonly tariff: Tariff) {}

  @HandleCall()
  price(state: { asked: number }, grams: number): string {
    state.asked += 1
    return `${this.tariff.base + grams} at ${state.asked} in ${threadId === 0 ? 'the main thread' : 'a thread'}`
  }

  @HandleCall()
  exit(state: { asked: number }): void {
    state.asked = 99
    process.exit(1)
  }
}

@Module({ providers: [Tariff, Pricing] })
export class PricingModule {}
