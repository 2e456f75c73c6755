-- include accounts.registration
-- include accounts.credentials
-- Register a user who signs in with a password: claim, profile and credential, all or none.
-- KEYS erased, profile, claim (of the email), credential, claimed_at (none in rows of release 0.1.0)
-- ARGV at, acknowledged, id, email, name, encoded password
-- Returns what accounts.register returns; a refusal writes no credential.
local erased_key, profile_key, claim_key, credential_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local claimed_at_key = KEYS[5]
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local email, name, encoded = ARGV[4], ARGV[5], ARGV[6]
local claim_keys = { claim_key, claimed_at_key }
local reply = registration.whole(erased_key, profile_key, claim_keys, at, acknowledged, id, email, name, '')
if registration.is_done(reply) then credentials.replace(credential_key, at, encoded) end
return reply
