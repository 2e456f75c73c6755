-- include redis_models.clock
-- include accounts.user
-- include accounts.claims
-- Import elements of an export into one key: add missing elements, keep existing ones. Nothing that was deleted comes back,
-- and a repetition changes nothing: `imported` has the token of each import that ran, with its time and number of added
-- elements.
-- KEYS erased, imported, deleted, moods, target, beside (of messages: their ids; of a claim: claimed_at), claimants
-- ARGV at, acknowledged, token of this import, kind, conversation ('' for none, its id, or '*' if the elements are named by
--   conversations' ids), then for a hash or stats: field, value, ...; for a zset or moods: member, score, ...; for a set:
--   member, ...; for a string: its text; for a claim: the user's id, its origin (of earlier rows: the
--   operator); for messages: id, JSON, ...
-- Elements go to `target`; only a claim has claimants, and none in rows from before origins.
-- The bases of the stats are the counts from before counts were derived; the larger one wins.
-- Returns {'applied'|'duplicate', how many were added}, {'gone'} if the user was erased since; for a claim also
--   {'conflict', 'email'} if the email belongs to another user, and {'gone', 'superseded'} if it was released since
local erased_key, imported_key, deleted_key, moods_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local target_key, beside_key, claimants_key = KEYS[5], KEYS[6], KEYS[7]
local claim_keys = claims.keys(target_key, beside_key, claimants_key)
local KEPT_MS = 2592000000
local at, token, kind, conversation = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
if user.is_erased(erased_key, at) then return { 'gone' } end
local before = redis.call('HGET', imported_key, token)
local claimant, origin = kind == 'claim' and ARGV[6], ARGV[7] or 'operator'
local owner, held
if claimant then owner, held = claims.held(claim_keys) end
if claimant and before and owner ~= claimant then return { 'gone', 'superseded' } end
if before then return { 'duplicate', before:match('%d+$') } end
if owner and owner ~= claimant and not claims.gives_way(held, origin) then return { 'conflict', 'email' } end

local function is_deleted(id)
  return id ~= '' and redis.call('ZSCORE', deleted_key, id)
end

-- Return whether the member of the mood history is not the valid entry of its id: that was deleted or corrected.
local function is_outdated(member)
  local is_entry, entry = pcall(cjson.decode, member)
  local is_named = is_entry and type(entry) == 'table' and type(entry.id) == 'string'
  local had = is_named and redis.call('HGET', moods_key, entry.id)
  return had and had:match('^%d %d+ (.*)$') ~= member
end

local function base(i)
  local field, value = ARGV[i], ARGV[i + 1]
  if at <= tonumber(redis.call('HGET', target_key, 'deleted_at') or 0) then return 0 end
  local had = redis.call('HGET', target_key, field)
  local is_new = not had or (field == 'recent_base' and had == '[]' and value ~= had)
    or (tonumber(had) and tonumber(value) and tonumber(value) > tonumber(had))
  if is_new then redis.call('HSET', target_key, field, value) end
  return is_new and 1 or 0
end
local function zset(i) return redis.call('ZADD', target_key, 'NX', ARGV[i + 1], ARGV[i]) end
local add = {
  stats = function(i)
    if ARGV[i]:sub(-5) == '_base' then return base(i) end
    return redis.call('HSETNX', target_key, ARGV[i], ARGV[i + 1])
  end,
  hash = function(i) return redis.call('HSETNX', target_key, ARGV[i], ARGV[i + 1]) end,
  zset = zset,
  moods = function(i) return is_outdated(ARGV[i]) and 0 or zset(i) end,
  set = function(i) return redis.call('SADD', target_key, ARGV[i]) end,
  string = function(i) return redis.call('SETNX', target_key, ARGV[i]) end,
  claim = function()
    if owner ~= claimant then claims.take(claim_keys, at, claimant, origin) end
    return owner == claimant and 0 or 1
  end,
  messages = function(i)
    local had_at, time = redis.call('HGET', beside_key, ARGV[i]), string.format('%d', at)
    if not had_at or at < tonumber(had_at) then redis.call('HSET', beside_key, ARGV[i], time) end
    if had_at then return 0 end
    local pushed = redis.pcall('RPUSH', target_key, ARGV[i + 1])
    if type(pushed) ~= 'table' then return 1 end
    redis.call('HDEL', beside_key, ARGV[i]) -- no permission to push: an id must not stay without its message
    error(pushed)
  end,
}
local step = (kind == 'set' or kind == 'string') and 1 or 2
local added = 0
for i = 6, #ARGV, step do
  if not is_deleted(conversation == '*' and ARGV[i] or conversation) then added = added + add[kind](i) end
end
redis.call('HSET', imported_key, token, string.format('%d %d', at, added))
redis.call('PEXPIRE', imported_key, KEPT_MS)
return { 'applied', string.format('%d', added) }
