-- include redis_models.clock
-- include accounts.erasure
-- include accounts.registrations
-- Release the email of a user who is being erased, unless a later registration or change has it (not on a cluster).
-- KEYS erased, profile, claim (of the email), claimed_at
-- ARGV at, acknowledged, user id, email
-- Returns {'applied'|'duplicate'}
local erased_key, profile_key, claim_key, claimed_at_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local at, id, email = tonumber(ARGV[1]), ARGV[3], ARGV[4]
local erased_at = erasure.begin(erased_key, at)
if redis.call('GET', claim_key) ~= id then return { 'duplicate' } end
if registrations.is_later(profile_key, erased_at) and redis.call('HGET', profile_key, 'email') == email then
  return { 'duplicate' }
end
redis.call('DEL', claim_key, claimed_at_key)
return { 'applied' }
