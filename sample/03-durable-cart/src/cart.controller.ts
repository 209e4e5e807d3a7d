import {
  BadRequestException,
  Body,
  Controller,
  DefaultValuePipe,
  Get,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common'
import { InjectPeeper, type PeeperClients } from 'nestjs-peeper'
import { Cart, type Order, type Shown } from './cart.server.js'

@Controller()
export class CartController {
  constructor(@InjectPeeper(Cart) private readonly carts: PeeperClients<Cart>) {}

  /** Whose carts are kept, or in memory. */
  @Get('carts')
  async list(): Promise<string[]> {
    const customers: string[] = []
    for await (const customer of this.carts.keys()) customers.push(customer)
    return customers.sort()
  }

  @Get('carts/:customer')
  show(@Param('customer') customer: string): Promise<Shown> {
    return this.carts.for(customer).call('show')
  }

  @Post('carts/:customer/items')
  add(
    @Param('customer') customer: string,
    @Body('sku') sku: string,
    @Body('n', new DefaultValuePipe(1), ParseIntPipe) n: number,
  ): Promise<Shown> {
    if (n < 1) throw new BadRequestException('n must be 1 or more')
    return this.carts.for(customer).call('add', { sku, n })
  }

  @Post('carts/:customer/checkout')
  checkout(@Param('customer') customer: string): Promise<Order> {
    return this.carts.for(customer).call('checkout')
  }

  @Get('carts/:customer/orders')
  orders(@Param('customer') customer: string): Promise<Order[]> {
    return this.carts.for(customer).call('orders')
  }

  /** Never answers. */
  @Post('carts/:customer/die')
  die(@Param('customer') customer: string): Promise<void> {
    return this.carts.for(customer).call('die')
  }

  /** The process, for `kill -9`. */
  @Get('pid')
  pid(): string {
    return String(process.pid)
  }
}
