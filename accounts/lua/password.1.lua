-- include redis_models.clock
-- include accounts.user
-- include accounts.credentials
-- Replace a user's password; the latest one stands.
-- KEYS erased, credential
-- ARGV at, acknowledged, encoded password
-- Returns {'applied'|'duplicate'} or {'gone'}
local at = clock.clamp(ARGV[1])
if user.is_erased(KEYS[1], at) then return { 'gone' } end
return { credentials.replace(KEYS[2], at, ARGV[3]) and 'applied' or 'duplicate' }
