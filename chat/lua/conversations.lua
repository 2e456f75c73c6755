-- include accounts.user
-- include redis_models.order
-- include dashboard.summaries
-- include dashboard.stats
-- include dashboard.days
-- Fragment: one conversation. Every script that includes this takes these keys, under the names defined here.
-- KEYS erased, stats, conversations, summaries, active_days, deleted, conversation, messages, message_ids, replies, chat_days
local erased_key, stats_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key, deleted_key, conversation_key, messages_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local message_ids_key, replies_key, chat_days_key = KEYS[9], KEYS[10], KEYS[11]
local conversations = {}

local function mark_active(at)
  days.mark(redis.call, active_days_key, at)
  days.mark(redis.call, chat_days_key, at)
  stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
end

-- Return whether writes are refused because the user was erased or the conversation deleted. A write to a deleted
-- conversation still marks the day active, so that the day does not depend on which of the two came first.
function conversations.are_gone(at, id)
  if user.is_erased(erased_key, at) then return true end
  if not redis.call('ZSCORE', deleted_key, id) then return false end
  mark_active(at)
  return true
end

local MESSAGES_AT_ONCE = 200 -- few commands, within the limit of unpack
local appended_bytes, appended_count = 0, 0

local function append_some(from, to, at)
  local ids, time = {}, string.format('%d', at)
  for i = from, to, 2 do table.insert(ids, ARGV[i]) end
  local had = redis.call('HMGET', message_ids_key, unpack(ids))
  local seen, marks, messages = {}, {}, {}
  for n, id in ipairs(ids) do
    if not had[n] and not seen[id] then
      seen[id] = true
      table.insert(marks, id)
      table.insert(marks, time)
      table.insert(messages, ARGV[from + 2 * n - 1])
    elseif had[n] and at < tonumber(had[n]) then
      redis.call('HSET', message_ids_key, id, time)
    end
  end
  if #messages == 0 then return 0 end
  redis.call('HSET', message_ids_key, unpack(marks))
  local pushed = redis.pcall('RPUSH', messages_key, unpack(messages))
  if type(pushed) == 'table' then -- no permission to push: the ids must not stay without their messages
    for i = 1, #marks, 2 do redis.call('HDEL', message_ids_key, marks[i]) end
    error(pushed)
  end
  for _, message in ipairs(messages) do appended_bytes = appended_bytes + #message end
  appended_count = appended_count + #messages
  return #messages
end

-- Append the messages of ARGV (id, JSON, id, JSON, ... from position `first`) whose ids are new; return their number. Each
-- id is stored with the earliest time (ms) at which it was appended; those of older releases have the time 1.
function conversations.append(at, first)
  local appended = 0
  for from = first, #ARGV, 2 * MESSAGES_AT_ONCE do
    appended = appended + append_some(from, math.min(from + 2 * MESSAGES_AT_ONCE - 2, #ARGV - 1), at)
  end
  return appended
end

local FIELDS = { 'title', 'titleAt', 'tags', 'tagsAt', 'archived', 'archivedAt', 'createdAt', 'updatedAt' }

local function stored()
  local had = {}
  for n, value in ipairs(redis.call('HMGET', conversation_key, unpack(FIELDS))) do had[FIELDS[n]] = value end
  return had
end

-- Return the fields of ARGV (name, value, name, value, ... from position `first`).
function conversations.wanted(first)
  local wanted = {}
  for i = first, #ARGV, 2 do wanted[ARGV[i]] = ARGV[i + 1] end
  return wanted
end

-- Return the size of the messages. It is measured again if the summary does not have it for those from before this script:
-- because an older release or an import wrote them.
local function messages_bytes(summary)
  local bytes, count = summaries.measured(summary or '"messageCount":0,"bytes":0}')
  local before = redis.call('LLEN', messages_key) - appended_count
  return bytes and count == before and bytes + appended_bytes or summaries.size_of(messages_key)
end

-- Update the conversation and all data derived from it: its fields, times and count, its place in the index, its summary,
-- the stats and the active day. createdAt is the earliest time seen, updatedAt the latest.
-- `wanted` are values for its fields (title, tags, archived), written at `wanted_at` (default: `at`), except those with a
-- newer value.
-- Returns a table of strings: title, tags (JSON), count, bytes (all that the user stored); and is_changed: whether the
-- conversation is new, or a value of `wanted` was written.
function conversations.settle(at, id, wanted, wanted_at)
  local now, iso = stored(), clock.iso(at)
  local count = string.format('%d', redis.call('HLEN', message_ids_key))
  local is_changed = not now.createdAt
  now.createdAt = now.createdAt and now.createdAt < iso and now.createdAt or iso
  now.updatedAt = now.updatedAt and now.updatedAt > iso and now.updatedAt or iso
  local changes = { 'id', id, 'createdAt', now.createdAt, 'updatedAt', now.updatedAt, 'messageCount', count }
  local function set(name, value, time)
    now[name], now[name .. 'At'] = value, string.format('%d', time)
    for _, text in ipairs({ name, value, name .. 'At', now[name .. 'At'] }) do table.insert(changes, text) end
  end
  for name, value in pairs(wanted) do
    if order.replaces(wanted_at or at, value, now[name .. 'At'], now[name]) then
      set(name, value, wanted_at or at)
      is_changed = true
    end
  end
  if (now.titleAt or '0') == '0' then set('title', summaries.named_after(now.createdAt), 0) end
  redis.call('HSET', conversation_key, unpack(changes))
  now.tags = now.tags or '[]'
  local had = redis.call('HGET', summaries_key, id)
  summaries.put(stats_key, summaries_key, id, summaries.encoded(id, now.title, now.tags, now.createdAt, now.updatedAt,
    count, now.archived == '1' and 'true' or 'false', messages_bytes(had)), had)
  summaries.index(conversations_key, id, at)
  mark_active(at)
  return { title = now.title, tags = now.tags, count = count, is_changed = is_changed, bytes = sizes.total(stats_key) }
end
