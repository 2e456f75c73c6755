-- include accounts.user
-- include redis_models.clock
-- Note something of a reply that is being written; nothing any more once it is a message, or was dropped.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, reply id, what, value; what is
--   'meta'   what is known when it begins (JSON); the first stands
--   'stop'   somebody asked to stop it (1)
--   'error'  why it ended, behind the number of pieces there were then; the greater number stands
--   a number the piece of that number
-- Returns {'applied'|'duplicate', '1' where it shall stop, else '0'}, {'gone'}, or {'conflict'} where the piece of that
--   number is another one: somebody else writes the same reply.
local at, id, reply, what, value = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local replies_key = KEYS[10]
if user.is_erased(KEYS[1], at) or redis.call('ZSCORE', KEYS[6], id) then return { 'gone' } end
if redis.call('HEXISTS', KEYS[9], reply) == 1 or redis.call('HEXISTS', replies_key, reply) == 1 then
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
