import { expect, test } from '@jest/globals'
import { systemClock, type Timer } from 'nestjs-peeper/engine'

/** The timers of Node that keep this process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter(type => type === 'Timeout').length

/** Resolves once Node has fired every timer of 1 ms that was set before. */
const later = (): Promise<void> => new Promise(resolve => void systemClock.after(2, resolve))

test.each([2 ** 31, 3e9, 2 ** 53])(
  'a timer of %d ms, beyond what Node can set, does not fire at once',
  async ms => {
    let fired = false
    const timer = systemClock.after(ms, () => (fired = true))
    await later()
    expect(fired).toBe(false)
    timer.cancel()
  },
)

test('a timer that is cancelled leaves nothing behind in Node, and does not fire', async () => {
  const before = timers()
  let fired = false
  const set: Timer[] = [0, 5, 2 ** 31, 3e9].map(ms => systemClock.after(ms, () => (fired = true)))
  expect(timers()).toBe(before + 4)
  for (const timer of set) timer.cancel()
  expect(timers()).toBe(before)
  await later()
  expect(fired).toBe(false)
})

test('a timer keeps the process alive while it is held, the default', () => {
  const before = timers()
  const timer = systemClock.after(3e9, () => undefined)
  expect(timers()).toBe(before + 1)
  timer.hold(false)
  expect(timers()).toBe(before)
  timer.hold(true)
  expect(timers()).toBe(before + 1)
  timer.cancel()
})

test('a timer of Infinity is none', () => {
  const before = timers()
  systemClock.after(Infinity, () => undefined)
  expect(timers()).toBe(before)
})

test('a timer fires once, not before its time', async () => {
  let fired = 0
  const start = systemClock.now()
  const end = await new Promise<number>(resolve => {
    systemClock.after(3, () => {
      fired += 1
      resolve(systemClock.now())
    })
  })
  await later()
  expect(fired).toBe(1)
  expect(end - start).toBeGreaterThanOrEqual(2)
})

test('timers of a time gone by fire in their order, before those of later', async () => {
  const order: string[] = []
  systemClock.after(-1, () => order.push('past'))
  systemClock.after(0, () => order.push('now'))
  await later()
  expect(order).toEqual(['past', 'now'])
})

test('yield goes on when the event loop has had its turn, not in the same run of microtasks', async () => {
  const order: string[] = []
  await new Promise<void>(resolve => {
    systemClock.yield(() => {
      order.push('goes on')
      resolve()
    })
    process.nextTick(() => void Promise.resolve().then(() => order.push('what came meanwhile')))
  })
  expect(order).toEqual(['what came meanwhile', 'goes on'])
})
