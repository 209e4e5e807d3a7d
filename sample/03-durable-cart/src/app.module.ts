import { Module } from '@nestjs/common'
import { PeeperModule } from 'nestjs-peeper'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'
import { fileURLToPath } from 'node:url'
import { CartController } from './cart.controller.js'
import { Cart } from './cart.server.js'
import { PriceList } from './price-list.js'

/** Where the carts are kept. */
export const path = process.env.CART_DATA ?? fileURLToPath(new URL('../data', import.meta.url))

@Module({
  imports: [PeeperModule.forRoot({ keeper: lmdbKeeper({ path }) }), PeeperModule.forFeature([Cart])],
  controllers: [CartController],
  providers: [Cart, PriceList],
})
export class AppModule {}
