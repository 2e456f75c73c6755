-- include redis_models.clock
-- include accounts.user
-- include accounts.credentials
-- Replace a user's password; the latest one wins.
-- KEYS erased, credential
-- ARGV at, acknowledged, encoded password
-- Returns {'applied'|'duplicate'}, or {'gone'} if the user was erased since
local erased_key, credential_key = KEYS[1], KEYS[2]
local at, encoded = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(erased_key, at) then return { 'gone' } end
return { credentials.replace(credential_key, at, encoded) and 'applied' or 'duplicate' }
