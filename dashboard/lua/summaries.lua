-- include redis_models.json
-- include dashboard.sizes
-- Fragment: the summary of a conversation, for lists. It has the size of the conversation's messages (bytes).
local summaries = {}
local MESSAGES_AT_ONCE = 200

-- Return the summary's JSON; `tags` is a JSON list, `created` and `updated` are ISO 8601, `count` is a number as text,
-- `archived` is 'true' or 'false' and `bytes` a number, or both are nil if the conversation itself is not stored here.
function summaries.encoded(id, title, tags, created, updated, count, archived, bytes)
  return '{"id":' .. json.quoted(id) .. ',"title":' .. json.quoted(title) .. ',"messages":[],"tags":' .. tags
    .. ',"createdAt":"' .. created .. '","updatedAt":"' .. updated .. '","messageCount":' .. count
    .. (bytes and string.format(',"bytes":%.0f', bytes) or '') .. (archived and ',"archived":' .. archived or '') .. '}'
end

-- Return the size of the messages that a summary has, and their number; nothing if it is of an older release.
function summaries.measured(encoded)
  local count, bytes = encoded:match('"messageCount":(%d+),"bytes":(%d+)[,}]')
  return tonumber(bytes), tonumber(count)
end

-- Return the summary with another size. One of a conversation that is not stored itself has none.
function summaries.with_bytes(encoded, bytes)
  if not encoded:find(',"archived":', 1, true) then return encoded end
  local without = encoded:gsub('("messageCount":%d+),"bytes":%d+', '%1')
  return (without:gsub('("messageCount":%d+)', '%1' .. string.format(',"bytes":%.0f', bytes)))
end

-- Return the size of all messages of a list.
function summaries.size_of(messages_key)
  local bytes = 0
  for first = 0, redis.call('LLEN', messages_key) - 1, MESSAGES_AT_ONCE do
    for _, message in ipairs(redis.call('LRANGE', messages_key, first, first + MESSAGES_AT_ONCE - 1)) do
      bytes = bytes + #message
    end
  end
  return bytes
end

local function whole_size(encoded)
  return encoded and #encoded + (summaries.measured(encoded) or 0) or 0
end

-- Return the size of all conversations. One that was last written by an older release counts without its messages.
-- `number` is how many there are, if the caller knows it.
function summaries.bytes(stats_key, summaries_key, number)
  return sizes.known(stats_key, 'conversation_bytes', number or redis.call('HLEN', summaries_key), function()
    local all, bytes = redis.call('HGETALL', summaries_key), 0
    for i = 2, #all, 2 do bytes = bytes + whole_size(all[i]) end
    return bytes
  end)
end

-- Keep the size of all conversations.
function summaries.keep_bytes(stats_key, summaries_key)
  local bytes = summaries.bytes(stats_key, summaries_key)
  sizes.keep(stats_key, 'conversation_bytes', bytes, redis.call('HLEN', summaries_key))
end

local function changed(stats_key, summaries_key, had, encoded, change)
  if had == encoded then return summaries.keep_bytes(stats_key, summaries_key) end
  local number = redis.call('HLEN', summaries_key)
  local bytes = summaries.bytes(stats_key, summaries_key, number)
  change()
  bytes, number = bytes + whole_size(encoded) - whole_size(had), number + (encoded and 1 or 0) - (had and 1 or 0)
  sizes.keep(stats_key, 'conversation_bytes', bytes, number)
end

-- Store the summary, and keep the size of all conversations. `had` is the stored one, if the caller has read it.
function summaries.put(stats_key, summaries_key, id, encoded, had)
  had = had or redis.call('HGET', summaries_key, id) or nil
  changed(stats_key, summaries_key, had, encoded, function() redis.call('HSET', summaries_key, id, encoded) end)
end

-- Remove the summary, and keep the size of all conversations.
function summaries.drop(stats_key, summaries_key, id)
  local had = redis.call('HGET', summaries_key, id) or nil
  changed(stats_key, summaries_key, had, nil, function() redis.call('HDEL', summaries_key, id) end)
end

-- Return the default title of a conversation: the day on which it began.
function summaries.named_after(iso)
  local year, month, day = iso:match('^(%d+)-(%d+)-(%d+)')
  return string.format('Chat - %d/%d/%d', tonumber(month), tonumber(day), tonumber(year))
end

-- Index a conversation by the earliest time (ms) at which it was seen.
function summaries.index(conversations_key, id, at)
  redis.call('ZADD', conversations_key, 'LT', at, id)
end
