-- Have a mail that the mail server refused for now wait, so that it is in nobody's way.
-- KEYS waiting (zset of JSON by the time, ms, from which on it may be sent)
-- ARGV at, acknowledged, the mail, for how long (ms)
-- Returns {'applied'|'duplicate'}; duplicate if it does not wait any more.
local waiting_key = KEYS[1]
local at, mail, pause_ms = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local is_changed = redis.call('ZADD', waiting_key, 'XX', 'CH', string.format('%d', at + pause_ms), mail) == 1
return { is_changed and 'applied' or 'duplicate' }
