import { expect, test } from '@jest/globals'
import { Engine, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'

const callbacks = { call: { read: (state: number) => state } }

test('many servers that end in the same moment are all seen to have ended, and start again', async () => {
  const engine = new Engine()
  const start = (_: unknown, index: number): Promise<Server> =>
    engine.start({ name: `s${index}`, state: index, restart: 'temporary', callbacks })
  const servers = await Promise.all(Array.from({ length: 20 }, start))
  await Promise.all(servers.map(server => server.stop()))
  for (const { name } of servers) await engine.start(name)
  for (const server of servers) server.exit('kill')
  await Promise.all(servers.map(drained))
  for (const [index, { name }] of servers.entries()) {
    await engine.start(name)
    expect(await engine.call(name, 'read')).toBe(index)
  }
  expect(engine.countChildren()).toMatchObject({ specs: 20, active: 20 })
  await engine.close()
})
