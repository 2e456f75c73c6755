-- include accounts.emails
-- include accounts.claims
-- Change a user's email: claim the new one, write the profile, release the old one.
-- KEYS erased, profile, new_claim, old_claim, new_claimed_at, old_claimed_at, new_claimants, old_claimants
-- ARGV at, acknowledged, id, new email, old email, origin (of earlier rows: the operator)
-- Returns {'applied'|'duplicate'}, {'gone'} if the user was erased since, {'conflict', 'email'} if the new email belongs to
--   another user, {'conflict', 'changed'} if the profile no longer has the old email, {'gone', 'superseded'} if an
--   acknowledged change is older than the latest one, or its claim has given way to another user's. The old claim is
--   removed if it is the user's and the profile does not have that email, whichever change is the later one.
-- Rows of release 0.1.0 have the first four keys, and those from before origins the first six.
local erased_key, profile_key, new_claim_key, old_claim_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local new_claimed_at_key, old_claimed_at_key = KEYS[5], KEYS[6]
local new_claimants_key, old_claimants_key = KEYS[7], KEYS[8]
local new_keys = claims.keys(new_claim_key, new_claimed_at_key, new_claimants_key)
local old_keys = claims.keys(old_claim_key, old_claimed_at_key, old_claimants_key)
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local new, old, origin = ARGV[4], ARGV[5], ARGV[6] or 'operator'
local refusal = emails.refusal(erased_key, profile_key, at, acknowledged, new, old)
local function release_old()
  if redis.call('HGET', profile_key, 'email') == old then return end
  if redis.call('GET', old_keys.claim) == id then
    redis.call('DEL', old_keys.claim, old_keys.claimed_at or old_keys.claim)
  end
  claims.forget(old_keys, id)
end
if refusal and refusal[2] == 'superseded' then release_old() end
if refusal then return refusal end
local owner, held = claims.held(new_keys)
local is_taken = owner and owner ~= id and not claims.gives_way(held, origin)
local has_lost = is_taken and acknowledged and claims.gives_way(origin, held)
if is_taken and not has_lost then return { 'conflict', 'email' } end
if has_lost then claims.note_lost(new_keys, id) else claims.take(new_keys, at, id, origin, new ~= old) end
local reply = emails.write(profile_key, at, new)
release_old()
return has_lost and { 'gone', 'superseded' } or reply
