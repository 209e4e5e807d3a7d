import { afterEach, describe, expect, test } from '@jest/globals'
import type { INestApplicationContext } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import {
  getPeeperToken,
  Peeper,
  PeeperModule,
  type CarriedContexts,
  type PeeperClient,
  type PeeperEvent,
} from 'nestjs-peeper'
import { filter, firstValueFrom } from 'rxjs'
import { contexts, trace } from './trace.js'
import { Back, Front, Ledger } from './traced.module.js'
import { traced } from './traced.worker.js'
import { untraced } from './untraced.worker.js'

const patient = { timeout: 60_000 }

describe('a trace of an AsyncLocalStorage', () => {
  let app: INestApplicationContext
  let front: PeeperClient<Front>
  let ledger: PeeperClient<Ledger>
  let errors: Extract<PeeperEvent, { type: 'error' }>[]
  afterEach(() => app.close())

  const open = async (entry: URL, named?: CarriedContexts): Promise<void> => {
    const module = await Test.createTestingModule({
      imports: [
        PeeperModule.forRoot({
          isolation: { entry, spares: 0, ...(named && { contexts: named }) },
          init: { timeout: 60_000 },
          logger: false,
        }),
        PeeperModule.forFeature([Front, Back, Ledger]),
      ],
      providers: [Ledger],
    }).compile()
    errors = []
    app = module
    app.get(Peeper).events$.subscribe(event => {
      if (event.type === 'error') errors.push(event)
    })
    await module.init()
    front = app.get(getPeeperToken(Front))
    ledger = app.get(getPeeperToken(Ledger))
  }
  const lines = (): unknown => ledger.status().state

  test('reaches each isolated handler, also after awaits, however many callers wait at once', async () => {
    await open(traced, contexts)
    const ids = Array.from({ length: 100 }, (_, i) => `caller ${i}`)
    const looks = ids.map((id, i) =>
      trace.run({ id }, () => front.call(i % 3 === 0 ? 'look' : 'glance', undefined, patient)),
    )
    expect(await Promise.all(looks)).toEqual(ids)
    expect(await front.call('look')).toBe('none')
  })

  test('goes on from thread to process to the main side, as each of them left it', async () => {
    await open(traced, contexts)
    const said = trace.run({ id: 'me' }, () => front.call('visit', undefined, patient))
    expect(await said).toEqual(['front in me', 'back in me/front', 'ledger in me/front'])
  })

  test('is there for what a handler asks, casts and leaves for later', async () => {
    await open(traced, contexts)
    const noted = (count: number): Promise<unknown> =>
      firstValueFrom(ledger.changes$.pipe(filter(all => all.length >= count)))
    const all = noted(6)
    expect(await trace.run({ id: 'a' }, () => front.call('entered', 'a'))).toBe('a')
    expect(await trace.run({ id: 'b' }, () => front.call('entered', 'b'))).toBe('b')
    await all
    expect([...(lines() as string[])].sort()).toEqual(
      ['a', 'b']
        .flatMap(id => [`afterCommit of ${id} in ${id}`, `call of ${id} in ${id}`, `cast of ${id} in ${id}`])
        .sort(),
    )
    const leftover = noted(7)
    await trace.run({ id: 'c' }, () => front.call('leave'))
    await leftover
    expect(lines()).toContain('leftover in c')
  })

  test('of whatever else runs in the thread goes with what it asks', async () => {
    await open(traced, contexts)
    expect(await trace.run({ id: 'me' }, () => front.call('outside'))).toBe('herald')
    expect(lines()).toEqual(['herald in herald', 'herald in herald'])
  })

  test('that is no data stays where it is, and that is told, with its path: no call fails for it', async () => {
    await open(traced, contexts)
    const open_ = { id: 'open', end: () => undefined }
    expect(await trace.run(open_, () => front.call('glance'))).toBe('none')
    expect(errors).toMatchObject([
      { server: 'front', where: "context 'trace'", error: { code: 'PEEPER_NOT_DATA' } },
    ])
    expect((errors[0]?.error as Error).message).toContain("'end'")
    expect(await trace.run({ id: 'me' }, () => front.call('fail'))).toBe('me')
    expect(errors).toHaveLength(2)
    expect(errors[1]).toMatchObject({ server: 'front', error: { code: 'PEEPER_NOT_DATA' } })
  })

  test.each([
    [
      'the main side',
      traced,
      undefined,
      "'contexts' of isolation is none; it must be what its entry file says: 'trace'",
    ],
    [
      'the worker',
      untraced,
      contexts,
      "'contexts' of isolation is 'trace'; it must be what its entry file says: none",
    ],
  ])('that %s alone does not know of is told at once', async (_, entry, named, message) => {
    await open(entry, named)
    expect(await trace.run({ id: 'me' }, () => front.call('glance', undefined, patient))).toBe('none')
    expect(errors.map(({ error }) => (error as Error).message)).toContainEqual(
      expect.stringContaining(message),
    )
  })
})

test('a context that is none is refused when the application starts', async () => {
  const isolation = { entry: traced, contexts: { trace: {} as never } }
  const module = Test.createTestingModule({ imports: [PeeperModule.forRoot({ isolation })] })
  await expect(module.compile()).rejects.toMatchObject({
    code: 'PEEPER_BAD_OPTION',
    message: expect.stringContaining("'contexts.trace' of isolation") as unknown,
  })
})
