-- include accounts.registration
-- include accounts.credentials
-- Register a user who signs in with a password: claim, profile and credential, all or none.
-- KEYS erased, profile, claim (of the email), credential, claimed_at, claimants
-- ARGV at, acknowledged, id, email, name, encoded password, origin (of earlier rows: the operator)
-- Returns what accounts.register returns; a refusal writes no credential.
-- Rows of release 0.1.0 have no claimed_at, and those from before origins no claimants.
local erased_key, profile_key, claim_key, credential_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local claimed_at_key, claimants_key = KEYS[5], KEYS[6]
local claim_keys = claims.keys(claim_key, claimed_at_key, claimants_key)
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local email, name, encoded, origin = ARGV[4], ARGV[5], ARGV[6], ARGV[7] or 'operator'
local reply = registration.whole(erased_key, profile_key, claim_keys, origin, at, acknowledged, id, email, name, '')
if registration.is_done(reply) then credentials.replace(credential_key, at, encoded) end
return reply
