-- Release an email if it is the user's.
-- KEYS claim (of the email), claimed_at (kept on a cluster only)
-- ARGV at, acknowledged, user id, time of the claim to release ('' for any)
-- Returns {'applied'|'duplicate'}
local claim_key, claimed_at_key = KEYS[1], KEYS[2]
local id, claimed_at = ARGV[3], ARGV[4]
if redis.call('GET', claim_key) ~= id then return { 'duplicate' } end
if claimed_at ~= '' and redis.call('GET', claimed_at_key) ~= claimed_at then return { 'duplicate' } end
redis.call('DEL', claim_key, claimed_at_key)
return { 'applied' }
