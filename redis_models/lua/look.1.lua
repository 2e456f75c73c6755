-- Read the database's mark and the server's clock, and write nothing.
-- KEYS probe (a key of the asked server; not read), mark (of the database; optional)
-- Returns what probe.1 returns, without a refusal: {seconds, microseconds, mark, ''}
local mark_key = KEYS[2]
local now = redis.call('TIME')
return { now[1], now[2], mark_key and redis.call('GET', mark_key) or '', '' }
