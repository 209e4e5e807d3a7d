import { Controller, Get, Injectable, Module, Param, Post } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { INestApplication } from '@nestjs/common'
import { InjectPeeper, Peeper, PeeperModule, type PeeperClient } from 'nestjs-peeper'
import request from 'supertest'
import type { App } from 'supertest/types.js'
import { recorder } from './boot.js'
import { Counter } from './counter.js'

@Injectable()
class Shop {
  constructor(@InjectPeeper(Counter) readonly counter: PeeperClient<Counter>) {}
}

@Controller('counter')
class CounterController {
  constructor(@InjectPeeper(Counter) private readonly counter: PeeperClient<Counter>) {}

  @Get()
  read() {
    return this.counter.call('read')
  }

  @Post('boom')
  boom() {
    return this.counter.call('boom')
  }

  @Get('missing/:id')
  missing(@Param('id') id: string) {
    return this.counter.call('missing', id)
  }

  @Get('refuse/:id')
  refuse(@Param('id') id: string) {
    return this.counter.call('refuse', id)
  }
}

@Module({
  imports: [PeeperModule.forRoot({ logger: false }), PeeperModule.forFeature([Counter])],
  controllers: [CounterController],
  providers: [Counter, Shop],
})
class AppModule {}

let app: INestApplication<App>
let counter: PeeperClient<Counter>
let peeper: Peeper
let log: ReturnType<typeof recorder>

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile()
  log = recorder()
  app = module.createNestApplication()
  app.useLogger(log)
  await app.init()
  counter = app.get(Shop).counter
  peeper = app.get(Peeper)
})

afterEach(() => app.close())

describe('a server in an application', () => {
  test('answers calls, takes casts and infos, runs continues', async () => {
    expect(await counter.call('inc')).toBe(1)
    counter.cast('add', 5)
    expect(counter.send('tick', 2)).toBe('tick')
    expect(await counter.call('incAndAudit', 'apples')).toBe(9)
    expect(await counter.call('log')).toEqual(['tick of counter', 'apples'])
  })

  test('a crash over HTTP answers 500 and costs nothing', async () => {
    await counter.call('inc', 41)
    await request(app.getHttpServer()).post('/counter/boom').expect(500)
    expect(log.entries.filter(({ level }) => level === 'error')).toHaveLength(1) // Nest's own, of the 500
    await request(app.getHttpServer()).get('/counter').expect(200, '41')
    expect(counter.status()).toMatchObject({ worker: 2, restartsLeft: 999 })
  })

  test.each(['missing', 'refuse'])('a refusal (%s) answers 404 and restarts nothing', async how => {
    await request(app.getHttpServer())
      .get(`/counter/${how}/apple`)
      .expect(404, { message: 'no apple', error: 'Not Found', statusCode: 404 })
    expect(counter.status()).toMatchObject({ worker: 1, restartsLeft: 1_000, state: { n: 0 } })
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('is known by its name, and its worker by its own', async () => {
    expect(await peeper.call('counter', 'inc')).toBe(1)
    expect(await peeper.worker('counter.GenServer').call('read')).toBe(1)
    peeper.exit('counter.GenServer', 'kill')
    expect(await peeper.call('counter', 'read')).toBe(1)
  })
})
