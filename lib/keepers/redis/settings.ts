import { BadOptionError } from '../../engine/errors.js'
import type { RedisKeeperOptions, Settings } from './options.js'
import { checkStoreOptions } from '../record/store-options.js'
import { warn } from '../record/warn.js'

const TIMEOUT = 10_000

/** What the options say. Throws `BadOptionError`. */
export const settingsOf = (options: RedisKeeperOptions): Settings => {
  check(options)
  const { prefix = 'peeper', timeout = TIMEOUT, snapshot, onDamaged, report, url } = options
  return {
    prefix,
    timeout,
    ...(snapshot && { snapshot }),
    ...(onDamaged && { onDamaged }),
    report: report ?? warn,
    store: `the store '${prefix}' on ${url === undefined ? 'the given client' : withoutPassword(url)}`,
  }
}

const check = (options: RedisKeeperOptions): void => {
  const { url, client, prefix, timeout } = options
  const bad = (option: string, value: unknown, expected: string): Error =>
    new BadOptionError('redisKeeper()', option, value, expected)
  if ((url === undefined) === (client === undefined))
    throw bad(client === undefined ? 'url' : 'client', client ?? url, 'one of url and client')
  if (url !== undefined && !isUrl(url)) throw bad('url', url, "a url such as 'redis://localhost:6379'")
  if (client !== undefined && (typeof client.call !== 'function' || typeof client.evalsha !== 'function'))
    throw bad('client', client, "a client of the package 'ioredis'")
  if (prefix !== undefined && !(typeof prefix === 'string' && /^[^{}\p{Surrogate}]+$/u.test(prefix)))
    throw bad('prefix', prefix, 'a string that is not empty, without braces')
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0))
    throw bad('timeout', timeout, 'a number of ms above 0')
  checkStoreOptions(options, bad)
}

const isUrl = (url: unknown): boolean => {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  return ['redis:', 'rediss:'].includes(new URL(url).protocol)
}

const withoutPassword = (url: string): string => {
  const { protocol, host, pathname } = new URL(url)
  return `'${protocol}//${host}${pathname}'`
}
