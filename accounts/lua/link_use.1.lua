-- include redis_models.clock
-- include accounts.user
-- include accounts.credentials
-- Use a link up: set the password that it allows to set, or confirm the user.
-- KEYS erased, links (hash of link id -> time of its use, ms; 'confirmed' -> time of the last confirmation), credential
-- ARGV at, acknowledged, link id, encoded password ('' for none), '1' if the link confirms the user
-- Returns {'applied'|'duplicate'}, {'gone'} if the user was erased since, {'gone', 'used'} if the link was used before.
-- A link lives for at most 24 hours; uses are kept for longer.
local erased_key, links_key, credential_key = KEYS[1], KEYS[2], KEYS[3]
local KEPT_MS = 172800000
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local encoded, confirms = ARGV[4], ARGV[5] == '1'
if user.is_erased(erased_key, at) then return { 'gone' } end
local used_at = tonumber(redis.call('HGET', links_key, id) or 0)
if used_at > 0 and used_at ~= at and not acknowledged then return { 'gone', 'used' } end
if encoded ~= '' then credentials.replace(credential_key, at, encoded) end
local function note(field)
  local had = tonumber(redis.call('HGET', links_key, field) or 0)
  redis.call('HSET', links_key, field, string.format('%d', math.max(at, had)))
end
note(id)
if confirms then note('confirmed') end
redis.call('PEXPIRE', links_key, KEPT_MS)
return { used_at >= at and 'duplicate' or 'applied' }
