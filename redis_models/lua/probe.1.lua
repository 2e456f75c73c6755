-- Write a small key to find out whether the server answers and takes writes, and read the database's mark.
-- KEYS probe (used by the probe only), mark (of the database; optional)
-- Returns {seconds, microseconds, mark, refusal}: the server's clock, the mark ('' if there is none or it was not asked
-- for), and the error text of the write ('' if it worked)
local probe_key, mark_key = KEYS[1], KEYS[2]
local written = redis.pcall('SET', probe_key, '1', 'PX', 60000)
local now = redis.call('TIME')
local mark = mark_key and redis.call('GET', mark_key) or ''
return { now[1], now[2], mark, type(written) == 'table' and written.err or '' }
