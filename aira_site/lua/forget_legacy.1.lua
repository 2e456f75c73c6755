-- Remove keys of older layouts after their contents were imported.
-- KEYS the keys to remove
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate'}
local removed = 0
for _, key in ipairs(KEYS) do removed = removed + redis.call('UNLINK', key) end
return { removed > 0 and 'applied' or 'duplicate' }
