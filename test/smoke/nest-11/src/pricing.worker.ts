import 'reflect-metadata'
import { peeperWorker } from 'nestjs-peeper'

export const pricing = peeperWorker(
  import.meta.url,
  async () => (await import('./pricing.module.js')).PricingModule,
)
