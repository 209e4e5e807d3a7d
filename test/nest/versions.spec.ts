import { describe, expect, test } from '@jest/globals'
import {
  BadOptionError,
  CodeChange,
  CodeChangeFailedError,
  DuplicateHandlerError,
  HandleCall,
  NewerStateError,
  Peeper,
  PeeperServer,
  memoryKeeper,
  type Keeper,
} from 'nestjs-peeper'
import { failure, running } from './boot.js'
import { Counter } from './counter.js'

/** A keeper that holds what a release of this version left. */
const storedBy = async (version: number, state: unknown, name = 'cart'): Promise<Keeper> => {
  const keeper = memoryKeeper()
  const change = { revision: 1, version, state, patches: [], tables: [], dictionary: [] }
  await keeper.commit({ name }, change, 0)
  return keeper
}

interface State {
  items: string[]
  n: number
}

class Reads {
  @HandleCall() read(state: State): State {
    return state
  }
}

@PeeperServer({ name: 'cart', version: 3, state: { items: [], n: 0 } })
class Stepwise extends Reads {
  private readonly empty = 0
  @CodeChange({ from: 1 }) protected listed({ sku }: { sku: string }) {
    return { items: [sku] }
  }
  @CodeChange({ from: 2 }) protected counted(state: Partial<State>) {
    state.n = (state.items?.length ?? 0) + this.empty
  }
}

@PeeperServer({ name: 'cart', version: 3, state: { items: [], n: 0 } })
class Whole extends Reads {
  @CodeChange() protected upgrade({ sku }: { sku: string }, from: number): State {
    return { items: [sku], n: from }
  }
}

describe('@CodeChange()', () => {
  test.each([
    ['steps', Stepwise, { items: ['tea'], n: 1 }],
    ['one method', Whole, { items: ['tea'], n: 1 }],
  ])('upgrades what an older release stored when the application starts: %s', async (_, Cart, upgraded) => {
    const keeper = await storedBy(1, { sku: 'tea' })
    const app = await running([Cart], { logger: false, keeper })
    expect(await app.get(Peeper).call('cart', 'read')).toEqual(upgraded)
    expect(await keeper.load({ name: 'cart' })).toMatchObject({ revision: 2, version: 3, state: upgraded })
    await app.close()
  })

  test('is asked for at run time as well: steps from that version on', async () => {
    const app = await running([Stepwise], { logger: false })
    const peeper = app.get(Peeper)
    await peeper.codeChange('cart', { from: 2 })
    await expect(peeper.codeChange('cart', { from: 0 })).rejects.toBeInstanceOf(BadOptionError)
    expect(await peeper.call('cart', 'read')).toEqual({ items: [], n: 0 })
    await app.close()
  })

  test('takes the steps that a class inherits', async () => {
    @PeeperServer({ name: 'cart', version: 4 })
    class Later extends Stepwise {
      @CodeChange({ from: 3 }) protected doubled(state: State): void {
        state.n *= 2
      }
    }
    const app = await running([Later], { logger: false, keeper: await storedBy(1, { sku: 'tea' }) })
    expect(await app.get(Peeper).call('cart', 'read')).toEqual({ items: ['tea'], n: 2 })
    await app.close()
  })

  test('that throws fails the start of the application with the cause, and leaves the store as it was', async () => {
    const cause = new Error('cannot')
    @PeeperServer({ name: 'cart', version: 2 })
    class Cart extends Reads {
      @CodeChange() protected upgrade(): never {
        throw cause
      }
    }
    const keeper = await storedBy(1, 'old')
    const error = await failure(running([Counter, Cart], { logger: false, keeper }))
    expect(error).toBeInstanceOf(CodeChangeFailedError)
    expect(error).toMatchObject({
      cause,
      message: expect.stringContaining("'cart', from the stored version 1 to 2"),
    })
    expect(await keeper.load({ name: 'cart' })).toMatchObject({ revision: 1, version: 1, state: 'old' })
  })

  test('is not asked about a newer state: the application does not start on it', async () => {
    const keeper = await storedBy(4, 'new')
    expect(await failure(running([Stepwise], { logger: false, keeper }))).toBeInstanceOf(NewerStateError)
    expect(await keeper.load({ name: 'cart' })).toMatchObject({ revision: 1, version: 4, state: 'new' })
  })
})

describe('@CodeChange() is refused', () => {
  test.each<unknown>([-1, 1.5, NaN, '1', undefined, null])('from %p, where the class is declared', from => {
    expect(() => CodeChange({ from: from as number })).toThrow(BadOptionError)
    expect(() => CodeChange({ from: from as number })).toThrow(/'from' of @CodeChange\(\) is/)
  })

  test('with a bare version', () => {
    expect(() => CodeChange(1 as never)).toThrow(BadOptionError)
    expect(() => CodeChange(null as never)).toThrow(BadOptionError)
  })

  test('twice from one version, at start-up', async () => {
    @PeeperServer({ name: 'cart', version: 2 })
    class Cart extends Reads {
      @CodeChange({ from: 1 }) protected one() {}
      @CodeChange({ from: 1 }) protected other() {}
    }
    const error = await failure(running([Cart], { logger: false }))
    expect(error).toBeInstanceOf(DuplicateHandlerError)
    expect(error.message).toContain('codeChange from version 1: one, other')
  })

  test('in both forms, at start-up', async () => {
    @PeeperServer({ name: 'cart', version: 2 })
    class Cart extends Reads {
      @CodeChange() protected all() {}
      @CodeChange({ from: 1 }) protected one() {}
    }
    const error = await failure(running([Cart], { logger: false }))
    expect(error).toBeInstanceOf(DuplicateHandlerError)
    expect(error.message).toContain('codeChange, one of them from all versions: all, one')
  })

  test('from the version itself, which a forgotten version makes of any, at start-up', async () => {
    @PeeperServer({ name: 'cart' })
    class Cart extends Reads {
      @CodeChange({ from: 1 }) protected one() {}
    }
    const error = await failure(running([Cart], { logger: false }))
    expect(error).toBeInstanceOf(BadOptionError)
    expect(error.message).toContain("of server 'cart' is 1; it must be below the server's version, 1")
  })

  test('with a step missing in between, at start-up', async () => {
    @PeeperServer({ name: 'cart', version: 3 })
    class Cart extends Reads {
      @CodeChange({ from: 1 }) protected one() {}
    }
    const error = await failure(running([Cart], { logger: false }))
    expect(error).toBeInstanceOf(BadOptionError)
    expect(error.message).toContain('followed by a step from 2')
  })
})
