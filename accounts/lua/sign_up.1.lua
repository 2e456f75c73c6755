-- include accounts.registration
-- include accounts.credentials
-- Register a user who signs in with a password: claim, profile and credential, all or none.
-- KEYS erased, profile, claim (of the email), credential
-- ARGV at, acknowledged, id, email, name, encoded password
-- Returns what accounts.register returns; a refusal writes no credential.
local erased_key, profile_key, claim_key, credential_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local email, name, encoded = ARGV[4], ARGV[5], ARGV[6]
local reply = registration.whole(erased_key, profile_key, claim_key, at, acknowledged, id, email, name, '')
if reply[1] == 'applied' or reply[1] == 'duplicate' then credentials.replace(credential_key, at, encoded) end
return reply
