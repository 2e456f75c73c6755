-- Read a page of a conversation's messages, in the order of arrival.
-- KEYS conversation, messages, message_ids (not read; a shadow needs it), replies
-- ARGV page size, direction ('next': after the place; 'previous': before it; '': the newest), place (position from 0)
-- Returns {HGETALL of the conversation, position of the first message returned, total number, {message JSON, ...},
--   HGETALL of the replies that are being written (empty if the page does not reach the newest message)}
local conversation_key, messages_key, replies_key = KEYS[1], KEYS[2], KEYS[4]
local most, way, place = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local count = redis.call('LLEN', messages_key)
local first, last = math.max(0, count - most), count - 1
if way == 'next' then first, last = place + 1, place + most end
if way == 'previous' then first, last = math.max(0, place - most), place - 1 end
local found = last >= first and redis.call('LRANGE', messages_key, first, last) or {}
local reaches_end = first + #found >= count
return { redis.call('HGETALL', conversation_key), string.format('%d', first), string.format('%d', count), found,
  reaches_end and redis.call('HGETALL', replies_key) or {} }
