-- include redis_models.clock
-- include redis_models.json
-- Fragment: a user's stats. Counts are derived from the index and the active days, never incremented.
local stats = {}

local function whole(text)
  return math.max(0, math.floor(tonumber(text or 0) or 0))
end

local function recent(title, timestamp)
  return '{"timestamp":' .. json.quoted(timestamp) .. ',"summary":' .. json.quoted(title) .. '}'
end

-- Return the 3 newest conversations as JSON; if there are fewer, those of `before`, the list from older data, follow.
local function recent_conversations(conversations_key, summaries_key, before)
  local entries = {}
  local ids = redis.call('ZREVRANGE', conversations_key, 0, 2)
  for _, encoded in ipairs(#ids > 0 and redis.call('HMGET', summaries_key, unpack(ids)) or {}) do
    local summary = encoded and cjson.decode(encoded) -- an import adds the index before the summaries
    if summary then table.insert(entries, recent(summary.title, summary.createdAt)) end
  end
  local is_list, older = pcall(cjson.decode, before)
  for _, entry in ipairs(is_list and type(older) == 'table' and older or {}) do
    if #entries == 3 then break end
    table.insert(entries, recent(tostring(entry.summary), tostring(entry.timestamp)))
  end
  return '[' .. table.concat(entries, ',') .. ']'
end

-- Note in the stats the latest time (ms) of a write that leaves no other trace, so that an erasure knows how old it is.
function stats.touch(stats_key, at)
  local had = tonumber(redis.call('HGET', stats_key, 'touched_at') or 0)
  if at > had then redis.call('HSET', stats_key, 'touched_at', string.format('%d', at)) end
end

-- Update the stats; create them if they are missing. `call` is redis.call, or redis.pcall to ignore a server that refuses
-- writes.
-- Returns a table of strings: conversations, mood_score, days_active, recent_conversations
function stats.refresh(call, stats_key, conversations_key, summaries_key, active_days_key)
  local had = redis.call('HMGET', stats_key, 'conversations', 'days_active', 'recent_conversations', 'mood_score',
    'conversations_base', 'days_active_base', 'recent_base', 'plan')
  -- The base of a derived count is the count in older data before its first refresh.
  local conversations_base = whole(had[5] or had[1])
  local days_active_base = whole(had[6] or had[2])
  local recent_base = had[7] or had[3] or '[]'
  local fresh = {
    conversations = string.format('%d', conversations_base + redis.call('ZCARD', conversations_key)),
    days_active = string.format('%d', days_active_base + redis.call('HLEN', active_days_key)),
    recent_conversations = recent_conversations(conversations_key, summaries_key, recent_base),
    mood_score = tonumber(had[4]) and had[4] or '0',
  }
  local is_current = had[5] and fresh.conversations == had[1] and fresh.days_active == had[2]
    and fresh.recent_conversations == had[3] and fresh.mood_score == had[4]
  if not is_current then
    call('HSET', stats_key, 'conversations', fresh.conversations, 'days_active', fresh.days_active,
      'recent_conversations', fresh.recent_conversations, 'mood_score', fresh.mood_score,
      'conversations_base', string.format('%d', conversations_base),
      'days_active_base', string.format('%d', days_active_base), 'recent_base', recent_base, 'plan', had[8] or 'Free')
  end
  return fresh
end
