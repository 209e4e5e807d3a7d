import { expectTypeOf } from 'expect-type'
import {
  HandleCall,
  HandleCast,
  HandleContinue,
  HandleInfo,
  Init,
  PeeperServer,
  Terminate,
  noreply,
  refuse,
  reply,
  stop,
  type CastName,
  type ExitReason,
  type MessageName,
  type NoReply,
  type Peeper,
  type PeeperClient,
  type PeeperContext,
  type PeeperEvent,
  type Refuse,
  type Reply,
  type StateOf,
  type Stop,
  type UnknownMessage,
} from 'nestjs-peeper'
import type { Observable } from 'rxjs'

interface Item {
  sku: string
}

interface CartState {
  items: Item[]
  open: boolean
}

@PeeperServer({ name: 'cart', state: { items: [], open: true } })
class Cart {
  readonly currency = 'EUR'
  constructor(public readonly prices: Map<string, number>) {}

  @HandleCall()
  async add(state: CartState, item: Item): Promise<number> {
    return Promise.resolve(state.items.push(item))
  }
  @HandleCall()
  remove(state: CartState, sku: string): Refuse | Reply<number> {
    return state.items.some(item => item.sku === sku) ? reply(1, { continue: ['audit', sku] }) : refuse(sku)
  }
  @HandleCall()
  count(state: CartState): number {
    return state.items.length
  }
  @HandleCall()
  page(state: CartState, page?: { size: number }): Item[] {
    return state.items.slice(0, page?.size)
  }
  @HandleCall()
  find(state: CartState, sku: string | undefined, _ctx: PeeperContext): Item | null {
    return state.items.find(item => item.sku === sku) ?? null
  }
  @HandleCall()
  totals(state: CartState): Record<string, number> {
    return { all: state.items.length }
  }
  @HandleCall()
  failures(_state: CartState): { error: string; reason: string } {
    return { error: 'none', reason: 'none' }
  }
  @HandleCall()
  nothing(_state: CartState): object {
    return {}
  }
  @HandleCall()
  later(_state: CartState): NoReply<Date> {
    return noreply<Date>()
  }
  @HandleCall()
  isOpen(state: CartState): boolean {
    return state.open
  }
  @HandleCall()
  close(_state: CartState): Stop<string> {
    return stop('normal', { reply: 'bye' })
  }
  @HandleCall()
  ping(): string {
    return 'pong'
  }
  @HandleCast()
  clear(state: CartState): void {
    state.items = []
  }
  @HandleCast()
  replace(_state: CartState, items: Item[]): NoReply {
    return noreply({ state: { items, open: true } })
  }
  @HandleCast()
  async rename(_state: CartState, _name?: string): Promise<void> {
    return Promise.resolve()
  }
  @HandleCast()
  end(_state: CartState): Stop {
    return stop('normal')
  }

  @Init() protected init(arg: CartState): CartState {
    return arg
  }
  @HandleInfo('tick') protected tick(_state: CartState) {}
  @HandleContinue() protected audit(_state: CartState, _sku: string) {}
  @HandleCall('*') protected other(_state: CartState, message: UnknownMessage) {
    return message.name
  }
  @Terminate() protected bye(_state: CartState, _reason: ExitReason) {}
  private helper() {
    return this.helper
  }
  onModuleDestroy(): void {}
}

declare const cart: PeeperClient<Cart>
declare const peeper: Peeper

// ---- what must compile

expectTypeOf<MessageName<Cart>>().toEqualTypeOf<
  | 'add'
  | 'remove'
  | 'count'
  | 'page'
  | 'find'
  | 'totals'
  | 'failures'
  | 'nothing'
  | 'later'
  | 'isOpen'
  | 'close'
  | 'ping'
  | 'clear'
  | 'replace'
  | 'rename'
  | 'end'
>()
expectTypeOf<CastName<Cart>>().toEqualTypeOf<'clear' | 'replace' | 'rename' | 'end'>()
expectTypeOf<StateOf<Cart>>().toEqualTypeOf<CartState>()

expectTypeOf(cart.call('add', { sku: 'a' })).toEqualTypeOf<Promise<number>>()
expectTypeOf(cart.call('add', { sku: 'a' }, { timeout: 100 })).toEqualTypeOf<Promise<number>>()
expectTypeOf(cart.call('remove', 'a')).toEqualTypeOf<Promise<number>>()
expectTypeOf(cart.call('count')).toEqualTypeOf<Promise<number>>()
expectTypeOf(cart.call('count', undefined, { signal: new AbortController().signal })).toEqualTypeOf<
  Promise<number>
>()
expectTypeOf(cart.call('page')).toEqualTypeOf<Promise<Item[]>>()
expectTypeOf(cart.call('page', { size: 3 })).toEqualTypeOf<Promise<Item[]>>()
expectTypeOf(cart.call('find')).toEqualTypeOf<Promise<Item | null>>()
expectTypeOf(cart.call('totals')).toEqualTypeOf<Promise<Record<string, number>>>()
expectTypeOf(cart.call('failures')).toEqualTypeOf<Promise<{ error: string; reason: string }>>()
expectTypeOf(cart.call('nothing')).toEqualTypeOf<Promise<object>>()
expectTypeOf(cart.call('later')).toEqualTypeOf<Promise<Date>>()
expectTypeOf(cart.call('isOpen')).toEqualTypeOf<Promise<boolean>>()
expectTypeOf(cart.call('close')).toEqualTypeOf<Promise<string>>()
expectTypeOf(cart.call('ping')).toEqualTypeOf<Promise<string>>()
expectTypeOf(cart.call('clear')).toEqualTypeOf<Promise<void>>()

expectTypeOf(cart.cast('clear')).toEqualTypeOf<void>()
cart.cast('replace', [{ sku: 'a' }])
cart.cast('rename')
cart.cast('rename', 'mine')
cart.cast('end')

expectTypeOf(cart.send('tick', 1)).toEqualTypeOf<'tick'>()
expectTypeOf(cart.changes$).toEqualTypeOf<Observable<CartState>>()
expectTypeOf(cart.events$).toEqualTypeOf<Observable<PeeperEvent>>()
expectTypeOf(cart.worker().call('count')).toEqualTypeOf<Promise<number>>()
cart.exit('kill')
cart.exit('a word of my own')
cart.exit(new Error('crash'))
void cart.stop({ shutdown: 'moved' }, 1_000)

expectTypeOf(peeper.start(Cart)).toEqualTypeOf<Promise<PeeperClient<Cart>>>()
expectTypeOf(peeper.start(Cart, { name: 'second' })).toEqualTypeOf<Promise<PeeperClient<Cart>>>()

// ---- what must not

// @ts-expect-error no such message
void cart.call('ad', { sku: 'a' })
// @ts-expect-error the wrong payload
void cart.call('add', 'a')
// @ts-expect-error a missing payload
void cart.call('add')
// @ts-expect-error a payload where there is none
void cart.call('count', 1)
// @ts-expect-error an option that is none
void cart.call('count', undefined, { timeOut: 1 })
// @ts-expect-error the wrong reply
const text: Promise<string> = cart.call('add', { sku: 'a' })
// @ts-expect-error an outcome is no reply
const outcome: Promise<Reply<number>> = cart.call('remove', 'a')

// @ts-expect-error a cast of what returns a value
cart.cast('count')
// @ts-expect-error a cast of what replies by an outcome
cart.cast('remove', 'a')
// @ts-expect-error a cast of what replies later
cart.cast('later')
// @ts-expect-error a cast without its payload
cart.cast('replace')
// @ts-expect-error a cast with the wrong payload
cart.cast('replace', 'a')

// @ts-expect-error protected: a step of its life
void cart.call('init')
// @ts-expect-error protected: an info
cart.cast('tick')
// @ts-expect-error protected: a continue
cart.cast('audit', 'a')
// @ts-expect-error protected: a catch-all
void cart.call('other')
// @ts-expect-error private: a method of its own
void cart.call('helper')
// @ts-expect-error a field is no message
void cart.call('currency')
// @ts-expect-error what was injected is no message
void cart.call('prices')
// @ts-expect-error Nest's own hook
void cart.call('onModuleDestroy')

// @ts-expect-error the wrong state
const changes: Observable<number> = cart.changes$
// @ts-expect-error a worker has no changes
cart.worker().changes$
// @ts-expect-error a life ends by a reason
cart.exit(1)
// @ts-expect-error neither a class nor a name
void peeper.start(1)

// ---- states

class Bare {
  read(state: number): number {
    return state
  }
}
expectTypeOf<StateOf<Bare>>().toEqualTypeOf<number>()

class Toggle {
  flip(state: boolean): boolean {
    return !state
  }
  any(state: unknown): string {
    return String(state)
  }
  ping(): void {}
}
expectTypeOf<StateOf<Toggle>>().toEqualTypeOf<boolean>()

type Phase = { phase: 'open'; n: number } | { phase: 'shut' }
class Phased {
  read(state: Phase): string {
    return state.phase
  }
  shut(_state: Phase): void {}
}
expectTypeOf<StateOf<Phased>>().toEqualTypeOf<Phase>()

class Silent {
  protected tick(_state: number): void {}
}
expectTypeOf<StateOf<Silent>>().toEqualTypeOf<unknown>()
expectTypeOf<MessageName<Silent>>().toEqualTypeOf<never>()

declare const said: PeeperClient<Toggle, { on: boolean }>
expectTypeOf(said.changes$).toEqualTypeOf<Observable<{ on: boolean }>>()
