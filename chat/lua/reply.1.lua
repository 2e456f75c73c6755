-- include accounts.user
-- include redis_models.clock
-- Store a field of a reply that is being written; change nothing once it is a message or was dropped.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, reply id, what, value; what is
--   'meta'   its metadata (JSON); the first one wins
--   'stop'   a request to stop it (1)
--   'error'  the number of pieces written so far, then the error's code; the greater number wins
--   a number the piece with that number
-- Returns {'applied'|'duplicate', '1' if it should stop else '0'}, {'gone'} if the user was erased or the conversation deleted,
--   or {'conflict'} if another piece with that number is stored: two processes write the same reply.
local erased_key, deleted_key, message_ids_key, replies_key = KEYS[1], KEYS[6], KEYS[9], KEYS[10]
local at, id, reply, what, value = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if user.is_erased(erased_key, at) or redis.call('ZSCORE', deleted_key, id) then return { 'gone' } end
if redis.call('HEXISTS', message_ids_key, reply) == 1 or redis.call('HEXISTS', replies_key, reply) == 1 then
  return { 'duplicate', '0' }
end

local field, last_field = reply .. ':' .. what, reply .. ':at'
local had = redis.call('HGET', replies_key, field)
local is_new = not had
if what == 'error' then
  local number, had_number = tonumber(value:match('^%d+')), had and tonumber(had:match('^%d+'))
  is_new = not had or number > had_number or (number == had_number and value > had)
elseif tonumber(what) and had and had ~= value then
  return { 'conflict' }
end
if is_new then redis.call('HSET', replies_key, field, value) end
local last = math.max(at, tonumber(redis.call('HGET', replies_key, last_field) or 0))
redis.call('HSET', replies_key, last_field, string.format('%d', last))
return { is_new and 'applied' or 'duplicate', redis.call('HGET', replies_key, reply .. ':stop') or '0' }
