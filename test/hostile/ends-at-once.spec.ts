import { expect, test } from '@jest/globals'
import { Supervisor, systemClock, type ChildSpec, type Exited } from 'nestjs-peeper/engine'

const MOMENTS = Array.from({ length: 12 }, (_, turns) => turns)

test.each(MOMENTS)(
  'a child that ends %i microtasks after another is seen to have ended, too',
  async turns => {
    const ends: Exited[] = []
    const child = (id: string): ChildSpec => ({
      id,
      restart: 'temporary',
      create: () => ({ start: exited => void ends.push(exited), stop: () => undefined }),
    })
    const supervisor = new Supervisor({ name: 'top', clock: systemClock, children: [child('a'), child('b')] })
    await supervisor.start()
    ends[0]!('normal')
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    ends[1]!('normal')
    await new Promise(setImmediate)
    expect(supervisor.whichChildren()).toEqual([])
  },
)
