-- include accounts.emails
-- Change a user's email: claim the new one, write the profile, release the old one.
-- KEYS erased, profile, new_claim (of the new email), old_claim (of the old email)
-- ARGV at, acknowledged, id, new email, old email
-- Returns {'applied'|'duplicate'}, {'gone'} if the user was erased since, {'conflict', 'email'} if the new email belongs to
--   another user, {'conflict', 'changed'} if the profile no longer has the old email. An acknowledged change that is older
--   than the latest one is a duplicate. The old claim is removed only if it is the user's.
local erased_key, profile_key, new_claim_key, old_claim_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local new, old = ARGV[4], ARGV[5]
local refusal = emails.refusal(erased_key, profile_key, at, acknowledged, new, old)
if refusal then return refusal end
local owner = redis.call('GET', new_claim_key)
if owner and owner ~= id then return { 'conflict', 'email' } end
redis.call('SET', new_claim_key, id)
local reply = emails.write(profile_key, at, new)
if new_claim_key ~= old_claim_key and redis.call('GET', old_claim_key) == id then redis.call('DEL', old_claim_key) end
return reply
