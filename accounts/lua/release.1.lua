-- Release an email, where it is the user's.
-- KEYS the email's claim, the claim's time (kept on a cluster only)
-- ARGV at, acknowledged, user id, the time of the claim that is to go ('' for any)
-- Returns {'applied'|'duplicate'}
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return { 'duplicate' } end
if ARGV[4] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[4] then return { 'duplicate' } end
redis.call('DEL', KEYS[1], KEYS[2])
return { 'applied' }
