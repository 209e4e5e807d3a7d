import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { PeeperModule } from 'nestjs-peeper'
import { CounterController } from './counter.controller.js'
import { CounterListener } from './counter.listener.js'
import { Counter } from './counter.server.js'
import { PeeperFilter } from './peeper.filter.js'

@Module({
  imports: [PeeperModule.forRoot(), PeeperModule.forFeature([Counter])],
  controllers: [CounterController],
  providers: [Counter, CounterListener, { provide: APP_FILTER, useClass: PeeperFilter }],
})
export class AppModule {}
