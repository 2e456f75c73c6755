-- include accounts.emails
-- include accounts.claims
-- Change a user's email: claim the new one, write the profile, release the old one.
-- KEYS erased, profile, new_claim (of the new email), old_claim (of the old email), new_claimed_at, old_claimed_at
-- ARGV at, acknowledged, id, new email, old email
-- Returns {'applied'|'duplicate'}, {'gone'} if the user was erased since, {'conflict', 'email'} if the new email belongs to
--   another user, {'conflict', 'changed'} if the profile no longer has the old email, {'gone', 'superseded'} if an
--   acknowledged change is older than the latest one. The old claim is removed if it is the user's and the profile does
--   not have that email, whichever change is the later one. Rows of release 0.1.0 do not have the last two keys.
local erased_key, profile_key, new_claim_key, old_claim_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local new_claimed_at_key, old_claimed_at_key = KEYS[5], KEYS[6]
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local new, old = ARGV[4], ARGV[5]
local refusal = emails.refusal(erased_key, profile_key, at, acknowledged, new, old)
local function release_old()
  if redis.call('HGET', profile_key, 'email') ~= old and redis.call('GET', old_claim_key) == id then
    redis.call('DEL', old_claim_key, old_claimed_at_key or old_claim_key)
  end
end
if refusal and refusal[2] == 'superseded' then release_old() end
if refusal then return refusal end
local owner = redis.call('GET', new_claim_key)
if owner and owner ~= id then return { 'conflict', 'email' } end
claims.take(new_claim_key, new_claimed_at_key, at, id)
local reply = emails.write(profile_key, at, new)
release_old()
return reply
