-- Read complete keys of one user at one moment.
-- KEYS the keys to read
-- ARGV the most elements that all keys may have together
-- Returns {'complete', {type, element, ...} for each key}, with hashes and zsets flattened, and {'none'} for a missing
--   key; {'too large'} if the keys have more elements
local SIZE = { hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', list = 'LLEN', string = 'EXISTS' }
local function contents(key, kind)
  if kind == 'hash' then return redis.call('HGETALL', key) end
  if kind == 'set' then return redis.call('SMEMBERS', key) end
  if kind == 'zset' then return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  if kind == 'list' then return redis.call('LRANGE', key, 0, -1) end
  return { redis.call('GET', key) }
end

local most = tonumber(ARGV[1])
local answer, elements = { 'complete' }, 0
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  local entry = { kind }
  if kind ~= 'none' then
    elements = elements + redis.call(SIZE[kind], key)
    if elements > most then return { 'too large' } end
    for _, element in ipairs(contents(key, kind)) do table.insert(entry, element) end
  end
  table.insert(answer, entry)
end
return answer
