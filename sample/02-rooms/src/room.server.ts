import { ForbiddenException } from '@nestjs/common'
import { setImmediate } from 'node:timers/promises'
import {
  HandleCall,
  InjectPeeper,
  PeeperServer,
  refuse,
  type OrderedTable,
  type PeeperClient,
  type PeeperContext,
  type Refuse,
} from 'nestjs-peeper'
import { Moderator } from './moderator.server.js'

export interface Message {
  readonly id: number
  readonly from: string
  readonly text: string
}

/** What every change shows to those who watch. All messages but the last are in the table only. */
export interface RoomState {
  members: string[]
  last?: Message
}

export interface Page {
  readonly after: number
  readonly limit: number
}

/** ms without anything to do after which a room leaves memory. Short, so that it can be watched. */
const idle = Number(process.env.ROOM_IDLE ?? 5_000)

/** A room for each key. Its messages are a table: to post costs the same in a room of ten and of a million. */
@PeeperServer({ name: 'room', keyed: true, idle, state: { members: [] } })
export class Room {
  constructor(@InjectPeeper(Moderator) private readonly moderator: PeeperClient<Moderator>) {}

  @HandleCall()
  join(state: RoomState, name: string): string[] {
    if (!state.members.includes(name)) state.members.push(name)
    return state.members
  }

  @HandleCall()
  leave(state: RoomState, name: string): string[] {
    state.members = state.members.filter(each => each !== name)
    return state.members
  }

  /** The state and the table are committed together, before the answer. */
  @HandleCall()
  async post(
    state: RoomState,
    { from, text }: Omit<Message, 'id'>,
    ctx: PeeperContext,
  ): Promise<Message | Refuse> {
    if (!state.members.includes(from))
      return refuse(new ForbiddenException(`${from} is not in room '${ctx.key ?? ''}'`))
    const message = { id: idAfter(state), from, text: await this.moderator.call('clean', text) }
    ;(await messagesOf(ctx)).set(message.id, message)
    state.last = message
    return message
  }

  @HandleCall()
  async page(state: RoomState, { after, limit }: Page, ctx: PeeperContext): Promise<Message[]> {
    if (state.last === undefined) return [] // to make the table would be a change, and the room would be stored
    const page: Message[] = []
    for (const [, message] of (await messagesOf(ctx)).range(after, undefined, { includeFrom: false })) {
      if (page.length === limit) break
      page.push(message)
    }
    return page
  }

  /** Crashes in the middle of a write. Nobody will ever see the message, nor that everybody has left. */
  @HandleCall()
  async crash(state: RoomState, _: undefined, ctx: PeeperContext): Promise<void> {
    const message = { id: idAfter(state), from: 'nobody', text: 'half-done' }
    ;(await messagesOf(ctx)).set(message.id, message)
    state.last = message
    state.members = []
    await setImmediate()
    throw new Error('out of luck')
  }
}

const idAfter = ({ last }: RoomState): number => (last?.id ?? 0) + 1

const messagesOf = (ctx: PeeperContext): Promise<OrderedTable<number, Message>> =>
  ctx.tables.open<number, Message>('messages', { ordered: true })
