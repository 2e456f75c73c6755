-- include redis_models.clock
-- include accounts.user
-- include accounts.claims
-- Import elements of an export into one key: add missing elements, keep existing ones.
-- KEYS erased, target (where the elements go), beside (for messages: the hash of their ids; for a claim: claimed_at)
-- ARGV at, acknowledged, kind, then for a hash or stats: field, value, ...; for a zset: member, score, ...; for a set:
--   member, ...; for a string: its text; for a claim: the user's id; for messages: id, JSON, ...
-- The bases of the stats are the counts from before counts were derived; the larger one wins.
-- Returns {'applied', how many were added}, or {'gone'} if the user was erased since
local erased_key, target_key, beside_key = KEYS[1], KEYS[2], KEYS[3]
local at, kind = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(erased_key, at) then return { 'gone' } end
local function base(i)
  local field, value = ARGV[i], ARGV[i + 1]
  local had = redis.call('HGET', target_key, field)
  local is_new = not had or (field == 'recent_base' and had == '[]' and value ~= had)
    or (tonumber(had) and tonumber(value) and tonumber(value) > tonumber(had))
  if is_new then redis.call('HSET', target_key, field, value) end
  return is_new and 1 or 0
end
local add = {
  stats = function(i)
    if ARGV[i]:sub(-5) == '_base' then return base(i) end
    return redis.call('HSETNX', target_key, ARGV[i], ARGV[i + 1])
  end,
  hash = function(i) return redis.call('HSETNX', target_key, ARGV[i], ARGV[i + 1]) end,
  zset = function(i) return redis.call('ZADD', target_key, 'NX', ARGV[i + 1], ARGV[i]) end,
  set = function(i) return redis.call('SADD', target_key, ARGV[i]) end,
  string = function(i) return redis.call('SETNX', target_key, ARGV[i]) end,
  claim = function(i)
    if redis.call('GET', target_key) then return 0 end
    claims.take(target_key, beside_key, at, ARGV[i])
    return 1
  end,
  messages = function(i)
    if redis.call('HSETNX', beside_key, ARGV[i], string.format('%d', at)) == 0 then return 0 end
    local pushed = redis.pcall('RPUSH', target_key, ARGV[i + 1])
    if type(pushed) ~= 'table' then return 1 end
    redis.call('HDEL', beside_key, ARGV[i]) -- no permission to push: an id must not stay without its message
    error(pushed)
  end,
}
local step = (kind == 'set' or kind == 'string' or kind == 'claim') and 1 or 2
local added = 0
for i = 4, #ARGV, step do added = added + add[kind](i) end
return { 'applied', string.format('%d', added) }
