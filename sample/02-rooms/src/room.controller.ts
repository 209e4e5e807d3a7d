import {
  Body,
  Controller,
  DefaultValuePipe,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Sse,
  type MessageEvent,
} from '@nestjs/common'
import { InjectPeeper, type PeeperClients } from 'nestjs-peeper'
import { map, type Observable } from 'rxjs'
import { Room, type Message } from './room.server.js'
import { TextPipe } from './text.pipe.js'

@Controller('rooms')
export class RoomController {
  constructor(@InjectPeeper(Room) private readonly rooms: PeeperClients<Room>) {}

  /** All rooms that are kept, and those of them that are in memory now. */
  @Get()
  async list(): Promise<{ rooms: string[]; resident: string[] }> {
    const rooms: string[] = []
    for await (const key of this.rooms.keys()) rooms.push(key)
    return { rooms: rooms.sort(), resident: this.rooms.resident().sort() }
  }

  @Post(':room/members')
  @HttpCode(200)
  async join(
    @Param('room') room: string,
    @Body('name', TextPipe) name: string,
  ): Promise<{ members: string[] }> {
    return { members: await this.rooms.for(room).call('join', name) }
  }

  @Delete(':room/members/:name')
  async leave(@Param('room') room: string, @Param('name') name: string): Promise<{ members: string[] }> {
    return { members: await this.rooms.for(room).call('leave', name) }
  }

  @Post(':room/messages')
  post(
    @Param('room') room: string,
    @Body('from', TextPipe) from: string,
    @Body('text', TextPipe) text: string,
  ): Promise<Message> {
    return this.rooms.for(room).call('post', { from, text })
  }

  /** A page: at most `limit` messages (100 or fewer), those that follow the id `after`. */
  @Get(':room/messages')
  page(
    @Param('room') room: string,
    @Query('after', new DefaultValuePipe(0), ParseIntPipe) after: number,
    @Query('limit', new DefaultValuePipe(20), ParseIntPipe) limit: number,
  ): Promise<Message[]> {
    return this.rooms.for(room).call('page', { after, limit: Math.min(Math.max(limit, 0), 100) })
  }

  /** Rejects: `PeeperFilter` makes a 500 of it. */
  @Post(':room/crash')
  crash(@Param('room') room: string): Promise<void> {
    return this.rooms.for(room).call('crash')
  }

  /** Each committed change, as Server-Sent Events. To watch a room keeps it not in memory. */
  @Sse(':room/changes')
  changes(@Param('room') room: string): Observable<MessageEvent> {
    return this.rooms.for(room).changes$.pipe(map(data => ({ data })))
  }

  /** Ends it and takes its state and its messages. */
  @Delete(':room')
  @HttpCode(204)
  async forget(@Param('room') room: string): Promise<void> {
    await this.rooms.forget(room)
  }
}
