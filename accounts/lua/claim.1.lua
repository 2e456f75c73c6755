-- include redis_models.clock
-- Claim an email on a cluster: the first of two writes, before accounts.register_profile.
-- KEYS the email's claim, the claim's time
-- ARGV at, acknowledged, user id, id of an owner found to have no profile with this email ('' for none),
--   age (ms) from which such an owner's claim may be taken over
-- Returns {'applied'|'duplicate'}, or {'conflict', 'email', owner, 'old'|'young'} where the email is another user's.
local at = clock.clamp(ARGV[1])
local id, without_profile, age = ARGV[3], ARGV[4], tonumber(ARGV[5])
local owner = redis.call('GET', KEYS[1])
local claimed_at = tonumber(redis.call('GET', KEYS[2]) or 0)
if owner and owner ~= id then
  local is_old = at - claimed_at >= age
  if not (is_old and owner == without_profile) then
    return { 'conflict', 'email', owner, is_old and 'old' or 'young' }
  end
end
redis.call('SET', KEYS[1], id)
redis.call('SET', KEYS[2], string.format('%d', math.max(at, owner == id and claimed_at or 0)))
return { owner == id and 'duplicate' or 'applied' }
