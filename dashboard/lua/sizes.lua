-- Fragment: how many bytes a user's conversations and moods take. The sums are derived from the index, and kept in the
-- stats as "bytes number" together with the number of elements that they cover. While elements change, the sum is '-'. So
-- if data came by another way, are older than the sums, or a script was aborted, the sum is derived again.
local sizes = {}

-- Return the kept sum, or derive it (`derive` returns it) if it does not cover `number` elements.
function sizes.known(stats_key, field, number, derive)
  if number == 0 then return 0 end
  local bytes, covered = (redis.call('HGET', stats_key, field) or ''):match('^(%d+) (%d+)$')
  if bytes and tonumber(covered) == number then return tonumber(bytes) end
  return derive()
end

-- Mark the sum as unknown: its elements are about to change.
function sizes.open(stats_key, field)
  redis.call('HSET', stats_key, field, '-')
end

-- Keep the sum of `number` elements; of none, nothing is kept.
function sizes.keep(stats_key, field, bytes, number)
  local had, text = redis.call('HGET', stats_key, field), string.format('%.0f %d', bytes, number)
  if number > 0 and had ~= text then redis.call('HSET', stats_key, field, text) end
  if number == 0 and had then redis.call('HDEL', stats_key, field) end
end

-- Return the sum of both kept sums, as text.
function sizes.total(stats_key)
  local total = 0
  for _, text in ipairs(redis.call('HMGET', stats_key, 'conversation_bytes', 'mood_bytes')) do
    total = total + tonumber((text or ''):match('^%d+') or 0)
  end
  return string.format('%.0f', total)
end
