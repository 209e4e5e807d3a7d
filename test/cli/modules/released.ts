import { Injectable, Module } from '@nestjs/common'
import { CodeChange, HandleCall, PeeperModule, PeeperServer } from 'nestjs-peeper'
import { Money } from '../../support/samples.js'

@Injectable()
export class Rates {
  readonly euro = 1
}

interface Cart {
  lines: { sku: string; n: number }[]
  total: Money
}

@PeeperServer({ name: 'cart', keyed: true, version: 3 })
export class CartServer {
  constructor(private readonly rates: Rates) {}

  @HandleCall()
  read(cart: Cart): number {
    return cart.lines.length * this.rates.euro
  }

  @CodeChange({ from: 1 })
  protected withLines({ skus }: { skus: string[] }): Pick<Cart, 'lines'> {
    return { lines: skus.map(sku => this.lineOf(sku)) }
  }

  @CodeChange({ from: 2 })
  protected async withTotal(cart: Partial<Cart>): Promise<void> {
    await Promise.resolve()
    cart.total = new Money(cart.lines!.length, 'EUR')
  }

  private lineOf(sku: string): { sku: string; n: number } {
    if (sku === 'poison') throw new Error('nobody sells poison')
    return { sku, n: 1 }
  }
}

@PeeperServer({ name: 'till', version: 1 })
export class TillServer {
  constructor(private readonly rates: Rates) {}

  @HandleCall()
  read(): number {
    return this.rates.euro
  }

  @CodeChange()
  protected inEuro(state: { n: number }): void {
    state.n *= this.rates.euro
  }
}

@PeeperServer({ name: 'clock', version: 2 })
export class ClockServer {
  readonly #hour = 3_600_000

  @HandleCall()
  read(): number {
    return this.#hour
  }

  @CodeChange()
  protected inMs(state: { hours: number }, fromVersion: number): object {
    return { ms: state.hours * this.#hour, fromVersion }
  }
}

@PeeperServer({ name: 'mute', version: 2 })
export class MuteServer {
  @HandleCall()
  read(): void {}
}

@Module({ providers: [Rates, CartServer, { provide: 'till', useClass: TillServer }] })
class ShopModule {}

@Module({
  imports: [
    PeeperModule.forRoot({ types: [Money] }),
    { module: ShopModule, providers: [ClockServer, MuteServer] },
  ],
})
export class AppModule {}
