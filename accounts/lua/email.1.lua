-- include accounts.emails
-- Give a user another email: claim it, write the profile, release the old one.
-- KEYS erased, profile, the new email's claim, the old email's claim
-- ARGV at, acknowledged, id, new email, old email
-- Returns {'applied'|'duplicate'}, {'gone'} for a user erased since, {'conflict', 'email'} where the new email is another
--   user's, {'conflict', 'changed'} where the profile has another email than the old one by now. An acknowledged change
--   from before the latest one is a duplicate. The old claim goes only where it is the user's.
local at, id, new, old = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
local refusal = emails.refusal(KEYS[1], KEYS[2], at, ARGV[2] == '1', new, old)
if refusal then return refusal end
local owner = redis.call('GET', KEYS[3])
if owner and owner ~= id then return { 'conflict', 'email' } end
redis.call('SET', KEYS[3], id)
local reply = emails.write(KEYS[2], at, new)
if KEYS[3] ~= KEYS[4] and redis.call('GET', KEYS[4]) == id then redis.call('DEL', KEYS[4]) end
return reply
