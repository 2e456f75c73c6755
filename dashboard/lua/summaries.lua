-- include redis_models.json
-- Fragment: the summary of a conversation, for lists.
local summaries = {}

-- Return the summary's JSON; `tags` is a JSON list, `created` and `updated` are ISO 8601, `count` is a number as text,
-- `archived` is 'true' or 'false', or nil if the conversation itself is not stored here.
function summaries.encoded(id, title, tags, created, updated, count, archived)
  return '{"id":' .. json.quoted(id) .. ',"title":' .. json.quoted(title) .. ',"messages":[],"tags":' .. tags
    .. ',"createdAt":"' .. created .. '","updatedAt":"' .. updated .. '","messageCount":' .. count
    .. (archived and ',"archived":' .. archived or '') .. '}'
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
