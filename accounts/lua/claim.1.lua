-- include redis_models.clock
-- Claim an email on a cluster: the first of two writes, before accounts.register_profile.
-- KEYS claim (of the email), claimed_at
-- ARGV at, acknowledged, user id, id of an owner that has no profile with this email ('' for none), minimum age (ms) of
--   that owner's claim before it may be taken over
-- Returns {'applied'|'duplicate'}, or {'conflict', 'email', owner, 'old'|'young'} if the email belongs to another user.
local claim_key, claimed_at_key = KEYS[1], KEYS[2]
local at = clock.clamp(ARGV[1])
local id, without_profile, age = ARGV[3], ARGV[4], tonumber(ARGV[5])
local owner = redis.call('GET', claim_key)
local claimed_at = tonumber(redis.call('GET', claimed_at_key) or 0)
if owner and owner ~= id then
  local is_old = at - claimed_at >= age
  if not (is_old and owner == without_profile) then
    return { 'conflict', 'email', owner, is_old and 'old' or 'young' }
  end
end
redis.call('SET', claim_key, id)
redis.call('SET', claimed_at_key, string.format('%d', math.max(at, owner == id and claimed_at or 0)))
return { owner == id and 'duplicate' or 'applied' }
