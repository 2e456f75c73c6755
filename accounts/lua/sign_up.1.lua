-- include accounts.registration
-- include accounts.credentials
-- Register a user who signs in with a password: claim, profile and credential, all or none.
-- KEYS erased, profile, the email's claim, credential
-- ARGV at, acknowledged, id, email, name, encoded password
-- Returns what accounts.register returns; with a refusal no credential is written.
local at = clock.clamp(ARGV[1])
local reply = registration.whole(KEYS[1], KEYS[2], KEYS[3], at, ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], '')
if reply[1] == 'applied' or reply[1] == 'duplicate' then credentials.replace(KEYS[4], at, ARGV[6]) end
return reply
