import { peeperWorker } from 'nestjs-peeper'
import { Money, NoDeal } from './till.module.js'

const load = async () => {
  const { TillModule } = await import('./till.module.js')
  return TillModule
}
export const till = peeperWorker(import.meta.url, load, { types: [Money], refuses: [NoDeal] })
