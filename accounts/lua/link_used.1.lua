-- Read when a link was used, or when a link confirmed the user last.
-- KEYS links (see accounts.link_use)
-- ARGV link id, or 'confirmed'
-- Returns the time (ms), or '0' if it was not
local links_key = KEYS[1]
local field = ARGV[1]
return redis.call('HGET', links_key, field) or '0'
