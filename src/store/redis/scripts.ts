/**
 * What must happen in one step. Times come from the server's own clock (TIME), so that replicas whose clocks
 * differ agree on what is over. Every script can be repeated: one that timed out may have been applied.
 */

/** KEYS: row, list, ends. ARGV: the row, its id, milliseconds to live. */
const PUT = `
local function put(row, list, ends, text, id, ttl)
  local time = redis.call('TIME')
  local microseconds = time[1] * 1000000 + time[2]
  local milliseconds = time[1] * 1000 + math.floor(time[2] / 1000)
  local over = redis.call('ZRANGEBYSCORE', ends, '-inf', milliseconds, 'LIMIT', 0, 1000)
  if #over > 0 then
    redis.call('ZREM', list, unpack(over))
    redis.call('ZREM', ends, unpack(over))
  end
  redis.call('ZADD', list, microseconds, id)
  redis.call('ZADD', ends, milliseconds + ttl, id)
  for _, index in ipairs({ list, ends }) do
    if redis.call('PTTL', index) < tonumber(ttl) then redis.call('PEXPIRE', index, ttl) end
  end
  redis.call('SET', row, text, 'PX', ttl)
end
`;

export const CREATE = `${PUT}
put(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3])
return 1
`;

/** KEYS: new row, list, ends, old row. ARGV: the new row, its id, milliseconds to live, the old id. */
export const ROTATE = `${PUT}
if redis.call('DEL', KEYS[4]) == 0 then return 0 end
redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
put(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3])
return 1
`;

/** KEYS: row. ARGV: the row to be, the lastSeenAt of the row that was read. A row that is gone stays gone. */
export const TOUCH = `
local row = redis.call('GET', KEYS[1])
if not row or cjson.decode(row).lastSeenAt ~= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
return 1
`;

/**
 * KEYS: list, ends. ARGV: what stands before the id in the key of a row; the microseconds up to which sessions die,
 * empty for all there are. Gives up to when they died: now by the server, or later where a clock was ahead. The rows'
 * keys can't be declared, since only the list names them; they share its slot.
 */
export const REVOKE_SUBJECT = `
local bound = ARGV[2] == '' and '+inf' or ARGV[2]
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', bound)
local time = redis.call('TIME')
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local died = math.max(time[1] * 1000000 + time[2], tonumber(newest[2] or 0))
for first = 1, #ids, 1000 do
  local rows = {}
  for index = first, math.min(first + 999, #ids) do rows[#rows + 1] = ARGV[1] .. ids[index] end
  redis.call('UNLINK', unpack(rows))
end
if #ids > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #ids - 1) end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
else
  for _, id in ipairs(ids) do redis.call('ZREM', KEYS[2], id) end
end
return died
`;

/**
 * KEYS: document, version, audit trail. ARGV: the version expected, the next, the document, how many entries are kept,
 * entries. Gives 1 where it was done, now or by a call that this one repeats; 0 where another change came first; -1
 * where only one of document and version is there. A script is not undone where it fails midway: so what can fail, a
 * trail that is none, is asked before anything is written.
 */
export const REPLACE_REGISTRY = `
local held = redis.call('GET', KEYS[2])
if (redis.call('EXISTS', KEYS[1]) == 1) ~= (held ~= false) then return -1 end
held = held or ''
if held == ARGV[2] then return 1 end
if held ~= ARGV[1] then return 0 end
local newest = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
local place = tonumber(newest[2] or 0)
for index = 5, #ARGV do
  place = place + 1
  redis.call('ZADD', KEYS[3], place, ARGV[index])
end
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[4])
redis.call('SET', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[2])
return 1
`;

/** KEYS: denial. ARGV: not before, milliseconds to live. A denial is never weakened, nor made shorter. */
export const DENY = `
local held = redis.call('GET', KEYS[1])
local bound = ARGV[1]
if held and tonumber(held) > tonumber(bound) then bound = held end
local ttl = math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[2]))
redis.call('SET', KEYS[1], bound, 'PX', ttl)
return 1
`;
