-- Read the receipt of an erasure.
-- KEYS receipt (hash)
-- ARGV none
-- Returns the receipt (JSON): the final one, else the open one, else nil
local receipt_key = KEYS[1]
local had = redis.call('HMGET', receipt_key, 'finished', 'open')
return had[1] or had[2]
