import {
  Controller,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ParseIntPipe,
  type CanActivate,
} from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { describe, expect, test } from '@jest/globals'
import {
  BadNameError,
  CodeChange,
  DecoratorNotCalledError,
  DuplicateHandlerError,
  DuplicateServerError,
  EnhancerSkippedError,
  ForRootMissingError,
  ForRootTwiceError,
  FormatStatus,
  HandleCall,
  HandleCast,
  HandleContinue,
  HandleInfo,
  HandlerOutsideServerError,
  Init,
  InitFailedError,
  InjectPeeper,
  NoHandlersError,
  NotAMethodError,
  NotAServerError,
  NotProvidedError,
  NotSingletonError,
  PeeperListener,
  PeeperModule,
  PeeperServer,
  BadOptionError,
  Terminate,
  getPeeperToken,
  memoryKeeper,
  type PeeperClient,
} from 'nestjs-peeper'
import { compiled, failure, moduleOf, running } from './boot.js'
import { Counter } from './counter.js'

@Injectable({ scope: Scope.REQUEST })
class Basket {}

@Injectable()
class Till {
  constructor(readonly basket: Basket) {}
}

class Guard implements CanActivate {
  canActivate() {
    return true
  }
}

/** The smallest server there is. */
const ping = (name?: string, decorate: ClassDecorator = () => undefined) => {
  class Ping {
    @HandleCall()
    ping(): string {
      return 'pong'
    }
  }
  PeeperServer(name === undefined ? {} : { name })(Ping)
  decorate(Ping)
  return Ping
}

describe('the start fails, and says why', () => {
  test('when a server handles nothing', async () => {
    @PeeperServer()
    class Idle {
      @Init() protected init() {
        return 1
      }
    }
    const error = await failure(running([Idle]))
    expect(error).toBeInstanceOf(NoHandlersError)
    expect(error.message).toMatch(/Idle is the server 'Idle' and handles no message. Put @HandleCall/)
  })

  test('when two methods want one message', async () => {
    @PeeperServer()
    class Twins {
      @HandleInfo('tick') protected one() {}
      @HandleInfo('tick') protected two() {}
    }
    const error = await failure(running([Twins]))
    expect(error).toBeInstanceOf(DuplicateHandlerError)
    expect(error.message).toMatch(/the info 'tick': (one, two|two, one)/)
  })

  test('when two methods want one step of its life', async () => {
    @PeeperServer()
    class Twins {
      @HandleCall() ping() {}
      @Init() protected one() {}
      @Init() protected two() {}
    }
    expect(await failure(running([Twins]))).toBeInstanceOf(DuplicateHandlerError)
  })

  test('when two servers have one name', async () => {
    const error = await failure(running([ping('same'), ping('same')], undefined, {}))
    expect(error).toBeInstanceOf(DuplicateServerError)
    expect(error.message).toMatch(/'same': Ping in RootTestModule, Ping in RootTestModule/)
  })

  test('when one server is provided in two modules', async () => {
    const other = moduleOf({ providers: [Counter] }, 'OtherModule')
    const error = await failure(running([Counter], undefined, { imports: [other] }))
    expect(error).toBeInstanceOf(DuplicateServerError)
    expect(error.message).toMatch(/Counter in RootTestModule, Counter in OtherModule/)
  })

  test.each(['a/b', 'a.GenServer', '', 'a\0'])('when %j is to be a name', async name => {
    expect(await failure(running([ping(name)]))).toBeInstanceOf(BadNameError)
  })

  test('when an option cannot be', async () => {
    @PeeperServer({ maxRestarts: -1 })
    class Odd {
      @HandleCall() ping() {}
    }
    expect(await failure(running([Odd]))).toBeInstanceOf(BadOptionError)
  })

  test('when a provider without @PeeperServer() has a handler', async () => {
    @Injectable()
    class Plain {
      @HandleCall() ping() {}
    }
    const error = await failure(running([Plain]))
    expect(error).toBeInstanceOf(HandlerOutsideServerError)
    expect(error.message).toMatch(/'ping' of Plain/)
  })

  test('when a factory without @PeeperServer() makes a handler', async () => {
    class Plain {
      @HandleCall() ping() {}
    }
    expect(await failure(running([{ provide: 'plain', useFactory: () => new Plain() }]))).toBeInstanceOf(
      HandlerOutsideServerError,
    )
  })

  test('when a controller has a handler', async () => {
    @Controller()
    class Plain {
      @HandleCall() ping() {}
    }
    expect(await failure(running([], undefined, { controllers: [Plain] }))).toBeInstanceOf(
      HandlerOutsideServerError,
    )
  })

  test('when a server is request-scoped', async () => {
    const error = await failure(running([ping('p', Injectable({ scope: Scope.REQUEST }))]))
    expect(error).toBeInstanceOf(NotSingletonError)
    expect(error.message).toMatch(/it is request-scoped/)
  })

  test('when a server is transient', async () => {
    const error = await failure(running([ping('p', Injectable({ scope: Scope.TRANSIENT }))]))
    expect(error).toBeInstanceOf(NotSingletonError)
    expect(error.message).toMatch(/it is transient/)
  })

  test('when what it injects is request-scoped, and shows the way', async () => {
    @PeeperServer()
    class Shop {
      constructor(readonly till: Till) {}
      @HandleCall() ping() {}
    }
    const error = await failure(running([Shop, Till, Basket]))
    expect(error).toBeInstanceOf(NotSingletonError)
    expect(error.message).toMatch(/\(Shop → Till → Basket\)/)
  })

  test('when a listener is request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    @PeeperListener()
    class Ear {}
    expect(await failure(running([Counter, Ear]))).toBeInstanceOf(NotSingletonError)
  })

  test('when forRoot is missing', async () => {
    const imports = [PeeperModule.forFeature([Counter])]
    const error = await failure(Test.createTestingModule({ imports, providers: [Counter] }).compile())
    expect(error).toBeInstanceOf(ForRootMissingError)
    expect(error.message).toMatch(/Add PeeperModule.forRoot\(\)/)
  })

  test('when the bare module is imported in place of forRoot', async () => {
    const error = await failure(Test.createTestingModule({ imports: [PeeperModule] }).compile())
    expect(error).toBeInstanceOf(ForRootMissingError)
  })

  test('when forRoot is there twice with other options', async () => {
    const other = moduleOf({ imports: [PeeperModule.forRoot({ logger: false, maxRestarts: 3 })] })
    const error = await failure(running([Counter], { logger: false }, { imports: [other] }))
    expect(error).toBeInstanceOf(ForRootTwiceError)
    expect(error.message).toMatch(/'maxRestarts'/)
  })

  test.each([
    ['shutdownTimeout', -1],
    ['shutdownTimeout', NaN],
    ['shutdownTimeout', '3s'],
    ['logLevel', 'loud'],
  ])('when forRoot is given %s: %p', async (option, value) => {
    const error = await failure(running([Counter], { logger: false, [option]: value }))
    expect(error).toBeInstanceOf(BadOptionError)
    expect(error.message).toContain(`PeeperModule.forRoot()`)
    expect(error.message).toContain(option)
  })

  test('when two calls of forRoot have keepers of their own', async () => {
    const other = moduleOf({ imports: [PeeperModule.forRoot({ logger: false, keeper: memoryKeeper() })] })
    const options = { logger: false as const, keeper: memoryKeeper() }
    expect(await failure(running([Counter], options, { imports: [other] }))).toBeInstanceOf(ForRootTwiceError)
  })

  test.each([
    ['@UseGuards()', UseGuards(Guard)],
    ['@UsePipes()', UsePipes(ParseIntPipe)],
    ['@UseInterceptors()', UseInterceptors({ intercept: (_, next) => next.handle() })],
    ['@UseFilters()', UseFilters({ catch: () => undefined })],
  ])('when %s would be skipped', async (name, decorator) => {
    const onClass = await failure(running([ping('p', decorator)]))
    expect(onClass).toBeInstanceOf(EnhancerSkippedError)
    expect(onClass.message).toContain(`${name} on the class Ping of 'p'`)

    @PeeperServer()
    class OnMethod {
      @decorator
      @HandleCall()
      ping() {}
    }
    const onMethod = await failure(running([OnMethod]))
    expect(onMethod).toBeInstanceOf(EnhancerSkippedError)
    expect(onMethod.message).toContain(`${name} on 'ping' of 'OnMethod'`)
  })

  test.each(['useFactory', 'useValue'])('when %s would skip a guard', async how => {
    const Ping = ping('p', UseGuards(Guard))
    const provider =
      how === 'useValue'
        ? { provide: Ping, useValue: new Ping() }
        : { provide: 'p', useFactory: () => new Ping() }
    const error = await failure(running([provider]))
    expect(error).toBeInstanceOf(EnhancerSkippedError)
    expect(error.message).toContain('useFactory or useValue')
  })

  test('when no forFeature registers the client that is injected', async () => {
    @Injectable()
    class Shop {
      constructor(@InjectPeeper(Counter) readonly counter: PeeperClient<Counter>) {}
    }
    const error = await failure(compiled([Counter, Shop]))
    expect(error.message).toMatch(
      /PeeperClient of 'counter' \(from PeeperModule.forFeature\(\[its class\]\)\)/,
    )
  })

  test('when no module provides a class of forFeature', async () => {
    const error = await failure(running([], undefined, { imports: [PeeperModule.forFeature([Counter])] }))
    expect(error).toBeInstanceOf(NotProvidedError)
    expect(error.message).toMatch(/forFeature\(\) names Counter/)
  })

  test('when no module provides the listener of a server', async () => {
    class Ear {}
    @PeeperServer({ listener: Ear })
    class Loud {
      @HandleCall() ping() {}
    }
    expect(await failure(running([Loud]))).toBeInstanceOf(NotProvidedError)
  })

  test('when init fails for good: with its cause', async () => {
    const cause = new Error('no database')
    @PeeperServer({ init: { retries: 0 } })
    class Broken {
      @Init() protected init() {
        throw cause
      }
      @HandleCall() ping() {}
    }
    const error = await failure(running([Counter, Broken]))
    expect(error).toBeInstanceOf(InitFailedError)
    expect(error.cause).toBe(cause)
  })

  test('and every error has a code of its own', () => {
    const codes = [
      new NoHandlersError('s', Counter),
      new DuplicateHandlerError('s', 'w', []),
      new DuplicateServerError('s', []),
      new NotAMethodError('d', Counter, 'm', 'w'),
      new DecoratorNotCalledError('d', Counter),
      new HandlerOutsideServerError(Counter, 'm'),
      new NotSingletonError(Counter, 'w'),
      new ForRootMissingError(),
      new ForRootTwiceError('o'),
      new EnhancerSkippedError('s', 'w', 'd', true),
      new NotAServerError(Counter, 'a'),
      new NotProvidedError(Counter, 'a'),
    ].map(({ code }) => code)
    expect(new Set(codes).size).toBe(12)
  })
})

describe('a declaration fails at once', () => {
  test.each([HandleCall, HandleCast, HandleInfo, Init])('when %p stands on what is no method', decorator => {
    const decorate = decorator() as (target: object, member: unknown, descriptor?: unknown) => void
    class Odd {
      field = 1
      static shared() {}
      get value() {
        return this.field
      }
      [Symbol.iterator]() {}
    }
    const on = (target: object, member: string | symbol) => () =>
      decorate(target, member, Object.getOwnPropertyDescriptor(target, member))
    expect(on(Odd.prototype, 'field')).toThrow(NotAMethodError)
    expect(on(Odd.prototype, 'value')).toThrow(/'value' of Odd, which is no method. Put it on a method/)
    expect(on(Odd, 'shared')).toThrow(/which is static/)
    expect(on(Odd.prototype, Symbol.iterator)).toThrow(/which no message can name/)
    expect(() => {
      decorate(() => undefined, { kind: 'method', name: 'add' })
    }).toThrow(/experimentalDecorators/)
  })

  test.each([HandleCall, HandleCast])('when %p is given a name', decorator => {
    expect(() => (decorator as (name: string) => unknown)('other')).toThrow(BadOptionError)
    expect(() => decorator('*')).not.toThrow()
  })

  test.each([
    ['InjectPeeper', InjectPeeper],
    ['getPeeperToken', getPeeperToken],
    ['PeeperListener', PeeperListener],
    ['forFeature', (target: never) => PeeperModule.forFeature([target])],
  ])('when %s is given a class that is no server', (_, use) => {
    class Plain {}
    expect(() => use(Plain as never)).toThrow(NotAServerError)
    expect(() => use(Plain as never)).toThrow(/was given Plain, which is no server/)
  })

  test.each([
    ['HandleCall', HandleCall],
    ['HandleCast', HandleCast],
    ['HandleInfo', HandleInfo],
    ['HandleContinue', HandleContinue],
    ['Init', Init],
    ['Terminate', Terminate],
    ['CodeChange', CodeChange],
    ['FormatStatus', FormatStatus],
  ])('when @%s has no parentheses', (name, decorator) => {
    const bare = decorator as unknown as MethodDecorator
    const declare = () => {
      class Odd {
        @bare ping() {}
      }
      return Odd
    }
    expect(declare).toThrow(DecoratorNotCalledError)
    expect(declare).toThrow(`on 'ping' of Odd has no parentheses: write @${name}().`)
    expect(() => {
      ;(bare as (...given: unknown[]) => void)(() => undefined, { kind: 'method', name: 'ping' })
    }).toThrow(`has no parentheses: write @${name}().`)
  })

  test('when @PeeperServer has no parentheses', () => {
    const bare = PeeperServer as unknown as ClassDecorator
    const declare = () => {
      @bare
      class Odd {}
      return Odd
    }
    expect(declare).toThrow(DecoratorNotCalledError)
    expect(declare).toThrow('on Odd has no parentheses: write @PeeperServer().')
  })

  test('when a circular import leaves nothing of the class', () => {
    expect(() => InjectPeeper(undefined as never)).toThrow(/two files import each other/)
    expect(() => PeeperModule.forFeature(undefined as never)).toThrow(/two files import each other/)
  })
})

test('forFeature takes one class as well as a list', async () => {
  const app = await running([Counter], undefined, { imports: [PeeperModule.forFeature(Counter)] })
  expect(await app.get<PeeperClient<Counter>>(getPeeperToken(Counter)).call('inc')).toBe(1)
  await app.close()
})
