-- include redis_models.clock
-- include dashboard.summaries
-- Fragment: remove what is older than an erasure from one conversation; what was made later stays.
local erased_conversation = {}
local FIELDS = { 'title', 'tags', 'archived' }

-- Remove the older messages; return the time (ms) of the earliest that stays, or nil.
local function remove_messages(messages_key, message_ids_key, erased_at)
  local all, earliest, is_later = redis.call('HGETALL', message_ids_key), nil, {}
  for i = 1, #all, 2 do
    local at = tonumber(all[i + 1])
    is_later[all[i]] = at > erased_at
    if at > erased_at then earliest = math.min(at, earliest or at) else redis.call('HDEL', message_ids_key, all[i]) end
  end
  local messages = redis.call('LRANGE', messages_key, 0, -1)
  redis.call('UNLINK', messages_key)
  for _, message in ipairs(messages) do
    if is_later[cjson.decode(message).id] then redis.call('RPUSH', messages_key, message) end
  end
  return earliest
end

-- Remove replies in progress whose last piece is older.
local function remove_replies(replies_key, erased_at)
  local all, is_later = redis.call('HGETALL', replies_key), {}
  for i = 1, #all, 2 do
    local id = all[i]:match('^([^:]*):at$')
    if id and tonumber(all[i + 1]) > erased_at then is_later[id] = true end
  end
  for i = 1, #all, 2 do
    if not is_later[all[i]:match('^[^:]*')] then redis.call('HDEL', replies_key, all[i]) end
  end
end

-- Remove the older fields; return those that stay, and the earliest of their times and of `earliest` (ms).
local function remove_fields(conversation_key, erased_at, earliest)
  local kept = {}
  for _, field in ipairs(FIELDS) do
    local had = redis.call('HMGET', conversation_key, field, field .. 'At')
    local at = tonumber(had[2] or 0)
    if at > erased_at then
      kept[field], earliest = had[1], math.min(at, earliest or at)
    else
      redis.call('HDEL', conversation_key, field, field .. 'At')
    end
  end
  for _, field in ipairs(redis.call('HKEYS', conversation_key)) do
    if field:sub(1, 8) == 'request:' then redis.call('HDEL', conversation_key, field) end
  end
  return kept, earliest
end

-- Return an ISO 8601 time in ms since the epoch; the inverse of clock.iso.
-- Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
local function ms_of(iso)
  local year, month, day, hour, minute, second, ms = iso:match('^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)%.(%d+)Z$')
  local shifted = tonumber(month) <= 2 and year - 1 or tonumber(year)
  local era = math.floor(shifted / 400)
  local year_of_era = shifted - era * 400
  local day_of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  local day_of_era = year_of_era * 365 + math.floor(year_of_era / 4) - math.floor(year_of_era / 100) + day_of_year
  return ((era * 146097 + day_of_era - 719468) * 24 + hour) * 3600000 + minute * 60000 + second * 1000 + ms
end

-- Remove the conversation, or its older part if it was written to later. `all` are the keys, by name.
function erased_conversation.remove(id, erased_at, all)
  if tonumber(redis.call('ZSCORE', all.conversations, id) or 0) > erased_at then return end
  local encoded = redis.call('HGET', all.summaries, id)
  local summary = encoded and cjson.decode(encoded)
  if not summary or summary.updatedAt <= clock.iso(erased_at) then
    redis.call('UNLINK', all.conversation, all.messages, all.message_ids, all.replies)
    redis.call('ZREM', all.conversations, id)
    redis.call('HDEL', all.summaries, id)
    return
  end
  local earliest = remove_messages(all.messages, all.message_ids, erased_at)
  local kept
  kept, earliest = remove_fields(all.conversation, erased_at, earliest)
  remove_replies(all.replies, erased_at)
  local created_at = earliest or ms_of(summary.updatedAt)
  local created = clock.iso(created_at)
  local count = string.format('%d', redis.call('HLEN', all.message_ids))
  local title, archived = kept.title or summaries.named_after(created), nil
  if summary.archived == nil then
    title = summary.title -- only a summary is stored, whose title is as old as its last change
  else
    archived = kept.archived == '1' and 'true' or 'false'
    redis.call('HSET', all.conversation, 'createdAt', created, 'messageCount', count)
    if not kept.title then redis.call('HSET', all.conversation, 'title', title, 'titleAt', '0') end
  end
  redis.call('HSET', all.summaries, id,
    summaries.encoded(id, title, kept.tags or '[]', created, summary.updatedAt, count, archived,
      archived and summaries.size_of(all.messages)))
  redis.call('ZADD', all.conversations, created_at, id)
end

-- Remove the summaries of conversations that are not in the index.
function erased_conversation.remove_unindexed(conversations_key, summaries_key)
  for _, id in ipairs(redis.call('HKEYS', summaries_key)) do
    if not redis.call('ZSCORE', conversations_key, id) then redis.call('HDEL', summaries_key, id) end
  end
end
