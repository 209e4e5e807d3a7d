import * as calls from '../call-cycle-error.js'
import * as errors from '../errors.js'
import * as isolation from './errors.js'
import * as reminders from '../reminders/errors.js'
import * as requests from '../requests/errors.js'
import * as tables from '../tables/errors.js'
import type { DeclaredType } from '../data/types.js'

/** The errors of this library that a worker itself may throw: they keep their class. Of those of others a `PeeperError` of that name and code arrives. */
export const ownErrors: readonly DeclaredType[] = [calls, errors, isolation, reminders, requests, tables]
  .flatMap(module => Object.values(module) as unknown[])
  .filter((each): each is DeclaredType => typeof each === 'function' && each.prototype instanceof Error)
