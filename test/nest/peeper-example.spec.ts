import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { INestApplicationContext } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import {
  HandleCall,
  HandleCast,
  HandleInfo,
  noreply,
  Peeper,
  PeeperModule,
  PeeperServer,
  type Outcome,
  type PeeperClient,
} from 'nestjs-peeper'

/** `Peeper.Impls.Full` of Elixir's Peeper: its state is a bare number. */
@PeeperServer({ state: 0 })
class Full {
  @HandleCall()
  state(state: number): number {
    return state
  }

  @HandleCast()
  inc(state: number): Outcome<void> {
    return noreply({ state: state + 1 })
  }

  @HandleInfo('inc')
  protected onInc(state: number): Outcome<void> {
    return noreply({ state: state + 1 })
  }
}

let app: INestApplicationContext
let peeper: Peeper
let pid: PeeperClient<Full>

beforeAll(async () => {
  const module = await Test.createTestingModule({
    imports: [PeeperModule.forRoot({ logger: false })],
    providers: [Full],
  }).compile()
  app = await module.init()
  peeper = app.get(Peeper)
})

afterAll(() => app.close())

test("the documentation's example of Elixir's Peeper, line by line", async () => {
  // iex> {:ok, pid} = Peeper.Impls.Full.start_link(state: 0, name: Counter)
  pid = await peeper.start(Full, { state: 0, name: 'Counter' })
  // ...> Peeper.call(pid, :state)
  expect(await pid.call('state')).toBe(0)
  // iex> Peeper.cast(pid, :inc)
  expect(pid.cast('inc')).toBeUndefined()
  // iex> GenServer.call(Counter.GenServer, :state)
  expect(await peeper.call('Counter.GenServer', 'state')).toBe(1)
  // iex> Peeper.call(pid, :state)
  expect(await pid.call('state')).toBe(1)
  // iex> # emulate crash
  // ...> Process.exit(Peeper.Supervisor.worker(pid), :raise)
  const worker = peeper.worker('Counter')
  worker.exit('raise')
  // ...> %{} = Peeper.Supervisor.which_children(pid)
  expect(peeper.whichChildren('Counter')).toMatchObject([{ id: 'keeper' }, { id: 'worker' }])
  // iex> Peeper.call(Counter, :state)
  expect(await peeper.call('Counter', 'state')).toBe(1)
  // iex> Peeper.send(pid, :inc)
  expect(pid.send('inc')).toBe('inc')
  // iex> Peeper.call(Counter, :state)
  expect(await peeper.call('Counter', 'state')).toBe(2)

  // It did crash: another worker answers now.
  expect(pid.status()).toMatchObject({ worker: 2, restartsLeft: 999, state: 2 })
  await expect(worker.call('state')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
  expect(await peeper.call('Full', 'state')).toBe(0)
})

test('a bare state, as in start_link(7), counts where nothing is kept', async () => {
  await peeper.stop('Full')
  const again = await peeper.start(Full, 7)
  expect(await again.call('state')).toBe(0)
  await peeper.stop('Full')
  const anew = await peeper.start(Full, { state: 7, reset: true })
  expect(await anew.call('state')).toBe(7)
})
