import { Module } from '@nestjs/common'
import { PeeperModule } from 'nestjs-peeper'
import { CounterController } from './counter.controller.js'
import { CounterListener } from './counter.listener.js'
import { Counter } from './counter.server.js'

@Module({
  imports: [PeeperModule.forRoot(), PeeperModule.forFeature([Counter])],
  controllers: [CounterController],
  providers: [Counter, CounterListener],
})
export class AppModule {}
