import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { PeeperModule } from 'nestjs-peeper'
import { HouseLog } from './house.log.js'
import { ModeratorController } from './moderator.controller.js'
import { Moderator } from './moderator.server.js'
import { PeeperFilter } from './peeper.filter.js'
import { RoomController } from './room.controller.js'
import { Room } from './room.server.js'

@Module({
  imports: [
    PeeperModule.forRoot({ supervisors: [{ name: 'day', children: [Moderator] }, { name: 'night' }] }),
    PeeperModule.forFeature([Room, Moderator]),
  ],
  controllers: [RoomController, ModeratorController],
  providers: [Room, Moderator, HouseLog, { provide: APP_FILTER, useClass: PeeperFilter }],
})
export class AppModule {}
