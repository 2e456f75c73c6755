-- include accounts.registration
-- include accounts.credentials
-- Register a user who signs in with a password on a cluster: the second of two writes, after accounts.claim.
-- KEYS erased, profile, credential
-- ARGV at, acknowledged, the claim's outcome, id, email, name, encoded password
-- Returns what accounts.register_profile returns; a refusal writes no credential.
local erased_key, profile_key, credential_key = KEYS[1], KEYS[2], KEYS[3]
local at, acknowledged, claimed = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local id, email, name, encoded = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local reply = registration.of_profile(erased_key, profile_key, at, acknowledged, claimed, id, email, name, '')
if registration.is_done(reply) then credentials.replace(credential_key, at, encoded) end
return reply
