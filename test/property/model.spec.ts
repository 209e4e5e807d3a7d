import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { seeded } from '../support/seed.js'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { temporaryLmdbKeeper } from '../support/temporary-lmdb.js'
import { fairPrograms, storedPrograms, stormyPrograms, type Program } from './commands.js'
import { complaintsOf } from './judge.js'
import { run } from './run.js'

jest.spyOn(Math, 'random').mockReturnValue(0.5) // the jitter of `init` retries, so that a seed says everything

const holds = async (program: Program): Promise<void> => {
  const record = await run(program)
  expect(complaintsOf(record, program)).toEqual([])
}

describe('whatever is sent and whatever breaks, what was told has happened and what crashed has not', () => {
  test('on a keeper that never fails', async () => {
    await fc.assert(fc.asyncProperty(fairPrograms, holds), seeded('model on a memory keeper', 1_000))
  }, 120_000)

  test('on a keeper that answers later and sometimes fails', async () => {
    await fc.assert(fc.asyncProperty(stormyPrograms, holds), seeded('model on a flaky keeper', 2_000))
  }, 120_000)

  test('on an LMDB store, which applications open one after the other', async () => {
    const holdsOnLmdb = async (program: Program): Promise<void> => {
      const record = await run(program, controlledKeeper(temporaryLmdbKeeper()))
      expect(complaintsOf(record, program)).toEqual([])
    }
    await fc.assert(fc.asyncProperty(storedPrograms, holdsOnLmdb), seeded('model on an LMDB store', 80))
  }, 120_000)
})
