import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

const PRELUDE = `
  import { Engine } from 'nestjs-peeper/engine'
  const turns = async () => { for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate) }
  const engine = new Engine()
  engine.events$.subscribe(event => { if (event.type === 'error') console.log('reported:', event.where, event.error.message) })
  const start = callbacks => engine.start({ name: 'target', state: { n: 0 }, callbacks })
`

/** Runs a program of its own that uses the engine. */
const alone = (program: string): { status: number | null; out: string[]; error: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', PRELUDE + program],
    { encoding: 'utf8', timeout: 20_000 },
  )
  return { status, out: stdout.trim().split('\n'), error: stderr }
}

test('what a dropped handler throws or rejects with later is reported, and the process lives', () => {
  const { status, out } = alone(`
    const server = await start({
      call: {
        late: async (state, wait) => { await turns(); throw new Error('too late') },
        read: state => state.n,
      },
    })
    const asked = server.call('late').catch(error => console.log(error.code))
    await new Promise(setImmediate)
    server.exit('kill')
    await asked
    await turns(); await turns()
    console.log(await server.call('read'))
    await engine.close()
  `)
  expect(out).toEqual([
    'PEEPER_SERVER_EXITED',
    "reported: call 'late', left behind by worker 1 too late",
    '0',
  ])
  expect(status).toBe(0)
})

test('a handler’s own promise that nobody awaits is Node’s affair: its rejection ends the process', () => {
  const { status, error } = alone(`
    const server = await start({ call: { stray: () => { void Promise.reject(new Error('a stray')); return 1 } } })
    await server.call('stray')
    await turns()
    console.log('never reached')
  `)
  expect(error).toContain('a stray')
  expect(status).toBe(1)
})

test('with a listener for unhandled rejections such a stray harms nobody, not even its server', () => {
  const { status, out } = alone(`
    process.on('unhandledRejection', error => console.log('unhandled:', error.message))
    const server = await start({ call: { stray: () => { void Promise.reject(new Error('a stray')); return 1 } } })
    console.log(await server.call('stray'))
    await turns()
    console.log(server.status().worker)
    await engine.close()
  `)
  expect(out).toEqual(['1', 'unhandled: a stray', '1'])
  expect(status).toBe(0)
})

test('nothing of ours ends the process: late settlements, throwing observers, misused ctx, unprintable throws', () => {
  const { status, out, error } = alone(`
    const trap = () => { throw new Error('hands off') }
    const proxy = new Proxy({}, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map(name => [name, trap])))
    engine.events$.subscribe(trap)
    engine.events$.subscribe(async () => trap())
    engine.deadLetters$.subscribe(trap)
    const server = await engine.start({
      name: 'target', state: { n: 0, list: [] }, shutdown: 1,
      listener: [{ onStateChanged: trap, onTerminate: trap }, { onStateChanged: async () => trap(), onTerminate: () => ({ then: trap }) }],
      callbacks: {
        terminate: () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 20)),
        call: {
          throwDraft: state => { throw state },
          rejectDraft: async state => { await null; throw state.list },
          throwProxy: () => { throw proxy },
          rejectProxy: async () => { throw proxy },
          badReply: (state, _, ctx) => { ctx.reply(undefined, 1) },
          badToken: (state, _, ctx) => { ctx.reply({ server: proxy, id: 1 }, 1) },
          foreign: (state, _, ctx) => { ctx.reply({ server: 'nobody', id: 'x' }, 1); return 1 },
          badTimer: (state, _, ctx) => { ctx.sendAfter(0, Symbol('tick')); ctx.sendAfter(0, undefined); return 1 },
          badCancel: (state, _, ctx) => { ctx.cancelTimer({}); return 1 },
          badEffects: (state, _, ctx) => { ctx.afterCommit(undefined); ctx.afterCommit(trap); ctx.afterCommit(async () => trap()); ctx.onExit(undefined); ctx.onExit(trap); ctx.onExit(async () => trap()); return 1 },
          abort: (state, _, ctx) => { ctx.signal.addEventListener('abort', () => {}); return 1 },
          inc: state => state.n += 1,
        },
      },
    })
    server.changes$.subscribe(trap)
    for (const name of ['throwDraft', 'rejectDraft', 'throwProxy', 'rejectProxy', 'badReply', 'badToken', 'foreign', 'badTimer', 'badCancel', 'badEffects', 'abort', 'inc', 'unknown'])
      await server.call(name).then(() => undefined, () => undefined)
    server.exit('shutdown')
    console.log(await server.call('inc'))
    await new Promise(resolve => setTimeout(resolve, 50))
    await engine.close()
    console.log('closed')
  `)
  expect(out.filter(line => !line.startsWith('reported:'))).toEqual(['2', 'closed'])
  expect(error).toBe('')
  expect(status).toBe(0)
})
