-- include accounts.registration
-- include accounts.credentials
-- Register a user who signs in with a password on a cluster: the second of two writes, which comes after accounts.claim.
-- KEYS erased, profile, credential
-- ARGV at, acknowledged, the claim's outcome, id, email, name, encoded password
-- Returns what accounts.register_profile returns; with a refusal no credential is written.
local at = clock.clamp(ARGV[1])
local reply = registration.of_profile(KEYS[1], KEYS[2], at, ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], ARGV[6], '')
if reply[1] == 'applied' or reply[1] == 'duplicate' or reply[2] == 'superseded' then credentials.replace(KEYS[3], at, ARGV[7]) end
return reply
