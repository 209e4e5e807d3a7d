import { CodeChange, HandleCall, PeeperServer } from 'nestjs-peeper'

@PeeperServer({ name: 'cart', version: 3 })
export class CartServer {
  @HandleCall()
  read(): void {}

  @CodeChange({ from: 1 })
  protected first(): void {}
}
