-- Write one small key, to learn whether the server answers and whether it takes writes.
-- KEYS[1] a key of the probe's own
-- Returns {seconds, microseconds, refusal}: the server's clock, and the error text of the write ('' where it worked).
local written = redis.pcall('SET', KEYS[1], '1', 'PX', 60000)
local now = redis.call('TIME')
return { now[1], now[2], type(written) == 'table' and written.err or '' }
