import { createHash } from 'node:crypto'

/** A script that the server runs in one step. */
export interface Script {
  readonly text: string
  readonly sha: string
}

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/** What `commit` answers first. */
export const Answer = { stale: 0, done: 1, needsSnapshot: 2 } as const

/*
 * The hash of a server has the fields `revision`, `commit` (the token of the commit that made it), `record` (its head), `wake`, `refused` (the token of
 * a commit that may not happen any more), and of its state (s) and its dictionary (d): `snapshot`, `mark` (its revision and the token it was made
 * by), `last` (the revision of the last record of the journal) and `bytes` (of the journal). Each record of a journal has before it the revision
 * that it was written on.
 */

/**
 * The fence and the write. A commit that is sent a second time has been done: it is known by its token.
 *
 * KEYS server, servers, due, state, dictionary, tables, entries of each table that is written
 * ARGV expected, revision, token, address, wake or '', head, kind, its bytes, dictionary record or '', then of each table: its name, '1' if it is dropped,
 * its description or '', how many are set and how many deleted, fields and values, fields
 */
export const commit = script(`
local found = redis.call('HMGET', KEYS[1], 'revision', 'commit', 'refused', 'wake', 's.mark')
local revision = found[1] or '0'
if found[2] == ARGV[3] and revision == ARGV[2] then return {1} end
if revision ~= ARGV[1] or found[3] == ARGV[3] then return {0, revision} end
local kind = ARGV[7]
if (kind == 'patches' or kind == 'same') and not found[5] then return {2} end
local set = {'revision', ARGV[2], 'commit', ARGV[3], 'record', ARGV[6]}
local answer = {1}
local function put(field, value) set[#set + 1] = field; set[#set + 1] = value end
local function append(stream, key, record)
  local old = redis.call('HMGET', KEYS[1], stream .. '.last', stream .. '.bytes', stream .. '.mark')
  local bytes = tonumber(old[2] or '0') + #record
  local mark = old[3] or ('0:' .. ARGV[3])
  local length = redis.call('RPUSH', key, (old[1] or '0') .. ' ' .. record)
  put(stream .. '.last', ARGV[2])
  put(stream .. '.bytes', bytes)
  if not old[3] then put(stream .. '.mark', mark) end
  answer[#answer + 1] = {stream, mark, bytes, redis.call('HSTRLEN', KEYS[1], stream .. '.snapshot'), length}
end
if kind == 'whole' then
  if found[5] then
    redis.call('HDEL', KEYS[1], 's.snapshot', 's.mark', 's.last', 's.bytes')
    redis.call('UNLINK', KEYS[4])
  end
elseif kind == 'snapshot' then
  put('s.snapshot', ARGV[8])
  put('s.mark', ARGV[2] .. ':' .. ARGV[3])
  put('s.last', ARGV[2])
  put('s.bytes', '0')
  if found[5] then redis.call('UNLINK', KEYS[4]) end
elseif kind == 'patches' then
  append('s', KEYS[4], ARGV[8])
end
if ARGV[9] ~= '' then append('d', KEYS[5], ARGV[9]) end
if ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
  put('wake', ARGV[5])
elseif found[4] then
  redis.call('ZREM', KEYS[3], ARGV[4])
  redis.call('HDEL', KEYS[1], 'wake')
end
local at = 10
for t = 7, #KEYS do
  local name, description = ARGV[at], ARGV[at + 2]
  local sets, deletes = 2 * tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if ARGV[at + 1] == '1' then
    redis.call('UNLINK', KEYS[t])
    redis.call('HDEL', KEYS[6], 'd' .. name, 'w' .. name)
  end
  if description ~= '' then redis.call('HSET', KEYS[6], 'd' .. name, description) end
  if description ~= '' or sets + deletes > 0 then redis.call('HSET', KEYS[6], 'w' .. name, ARGV[2]) end
  at = at + 5
  for from = at, at + sets - 1, 1000 do
    redis.call('HSET', KEYS[t], unpack(ARGV, from, math.min(from + 999, at + sets - 1)))
  end
  at = at + sets
  for from = at, at + deletes - 1, 1000 do
    redis.call('HDEL', KEYS[t], unpack(ARGV, from, math.min(from + 999, at + deletes - 1)))
  end
  at = at + deletes
end
if not found[1] then redis.call('ZADD', KEYS[2], 0, ARGV[4]) end
if found[3] then redis.call('HDEL', KEYS[1], 'refused') end
redis.call('HSET', KEYS[1], unpack(set))
return answer
`)

const stream = `
local function stream(name, key)
  local found = redis.call('HMGET', KEYS[1], name .. '.mark', name .. '.snapshot', name .. '.last', name .. '.bytes')
  return {found[1], found[2], found[3], found[4], redis.call('LRANGE', key, 0, -1)}
end`

/**
 * All of a server but the entries of its tables. A commit of which nobody knows whether it happened has happened now or never will.
 *
 * KEYS server, state, dictionary, tables; ARGV the token of that commit, or ''
 */
export const load = script(`${stream}
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'refused', ARGV[1]) end
local found = redis.call('HMGET', KEYS[1], 'revision', 'record')
if not found[1] then return {false} end
return {found[1], found[2], stream('s', KEYS[2]), stream('d', KEYS[3]), redis.call('HGETALL', KEYS[4])}
`)

/** KEYS server, journal; ARGV 's' or 'd' */
export const loadStream = script(`${stream}
return stream(ARGV[1], KEYS[2])
`)

/**
 * Puts a snapshot in the place of the first records of a journal, unless another one has been there since; also if anything at all has been
 * written since, where a revision is given. Answers the revision that is stored if it did not.
 *
 * KEYS server, journal; ARGV 's' or 'd', the mark there was, the next one, how many records, how many bytes are left out, snapshot, revision or ''
 */
export const cut = script(`
local name = ARGV[1]
local found = redis.call('HMGET', KEYS[1], name .. '.mark', name .. '.bytes', 'revision')
if found[1] ~= ARGV[2] or (ARGV[7] ~= '' and found[3] ~= ARGV[7]) then return found[3] or '0' end
redis.call('LTRIM', KEYS[2], ARGV[4], -1)
local bytes = math.max(0, tonumber(found[2] or '0') - tonumber(ARGV[5]))
redis.call('HSET', KEYS[1], name .. '.snapshot', ARGV[6], name .. '.mark', ARGV[3], name .. '.bytes', bytes)
return false
`)

/** KEYS server, servers, due, state, dictionary, tables, entries without a table's name; ARGV address, the token of an uncertain commit or '' */
export const remove = script(`
for _, field in ipairs(redis.call('HKEYS', KEYS[6])) do
  if field:sub(1, 1) == 'w' then redis.call('UNLINK', KEYS[7] .. field:sub(2)) end
end
redis.call('UNLINK', KEYS[1], KEYS[4], KEYS[5], KEYS[6])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'refused', ARGV[2]) end
return 1
`)

/** Some entries of a table, and at which revision it was last written. KEYS tables, entries; ARGV the table's name, cursor, how many */
export const entries = script(`
return {redis.call('HGET', KEYS[1], 'w' .. ARGV[1]), redis.call('HSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3])}
`)
