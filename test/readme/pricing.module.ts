import { Module } from '@nestjs/common'

/** What the examples of isolated servers load. */
@Module({ providers: [] })
export class PricingModule {}
