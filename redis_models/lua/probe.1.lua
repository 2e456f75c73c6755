-- Write a small key to find out whether the server answers and takes writes.
-- KEYS probe (used by the probe only)
-- Returns {seconds, microseconds, refusal}: the server's clock, and the error text of the write ('' if it worked)
local probe_key = KEYS[1]
local written = redis.pcall('SET', probe_key, '1', 'PX', 60000)
local now = redis.call('TIME')
return { now[1], now[2], type(written) == 'table' and written.err or '' }
