-- include accounts.user
-- include redis_models.order
-- include dashboard.summaries
-- include dashboard.stats
-- include dashboard.days
-- Fragment: one conversation, in the KEYS that every script that includes this has:
--   erased, stats, conversations, summaries, active_days, deleted, conversation, messages, message_ids, replies, chat_days
local conversations = {}

local function mark_active(at)
  days.mark(redis.call, KEYS[5], at)
  days.mark(redis.call, KEYS[11], at)
  stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
end

-- Return whether nothing may be written any more: the user was erased, or the conversation deleted. Also a write that finds
-- its conversation deleted was an activity: the day must not depend on which of the two came first.
function conversations.are_gone(at, id)
  if user.is_erased(KEYS[1], at) then return true end
  if not redis.call('ZSCORE', KEYS[6], id) then return false end
  mark_active(at)
  return true
end

local MESSAGES_AT_ONCE = 200 -- what unpack can take, and few commands

local function append_some(from, to)
  local ids = {}
  for i = from, to, 2 do table.insert(ids, ARGV[i]) end
  local had = redis.call('HMGET', KEYS[9], unpack(ids))
  local seen, marks, messages = {}, {}, {}
  for n, id in ipairs(ids) do
    if not had[n] and not seen[id] then
      seen[id] = true
      table.insert(marks, id)
      table.insert(marks, '1')
      table.insert(messages, ARGV[from + 2 * n - 1])
    end
  end
  if #messages == 0 then return 0 end
  redis.call('HSET', KEYS[9], unpack(marks))
  local pushed = redis.pcall('RPUSH', KEYS[8], unpack(messages))
  if type(pushed) == 'table' then -- not permitted to this client: the ids must not stay without their messages
    for i = 1, #marks, 2 do redis.call('HDEL', KEYS[9], marks[i]) end
    error(pushed)
  end
  return #messages
end

-- Append the messages of ARGV (id, JSON, id, JSON, ... from the position `first`) whose ids are new. Returns how many.
function conversations.append(first)
  local appended = 0
  for from = first, #ARGV, 2 * MESSAGES_AT_ONCE do
    appended = appended + append_some(from, math.min(from + 2 * MESSAGES_AT_ONCE - 2, #ARGV - 1))
  end
  return appended
end

local FIELDS = { 'title', 'titleAt', 'tags', 'tagsAt', 'archived', 'archivedAt', 'createdAt', 'updatedAt' }

local function stored()
  local had = {}
  for n, value in ipairs(redis.call('HMGET', KEYS[7], unpack(FIELDS))) do had[FIELDS[n]] = value end
  return had
end

-- Return the fields of ARGV (name, value, name, value, ... from the position `first`).
function conversations.wanted(first)
  local wanted = {}
  for i = first, #ARGV, 2 do wanted[ARGV[i]] = ARGV[i + 1] end
  return wanted
end

-- The title of a conversation that nobody has named: the day on which it was begun.
local function named_after(iso)
  local year, month, day = iso:match('^(%d+)-(%d+)-(%d+)')
  return string.format('Chat - %d/%d/%d', tonumber(month), tonumber(day), tonumber(year))
end

-- Bring all that follows from the conversation up to date: its fields, times and count, its place in the index, its
-- summary, the stats and the active day. createdAt is the earliest time seen, updatedAt the latest.
-- `wanted` are values for its fields (title, tags, archived) of the time `wanted_at` (`at` where it is left out); each stands
-- unless a newer one does.
-- Returns a table of strings (title, tags as JSON, count), and is_changed: whether it is new, or one of `wanted` stands now
function conversations.settle(at, id, wanted, wanted_at)
  local now, iso = stored(), clock.iso(at)
  local count = string.format('%d', redis.call('HLEN', KEYS[9]))
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
  if (now.titleAt or '0') == '0' then set('title', named_after(now.createdAt), 0) end
  redis.call('HSET', KEYS[7], unpack(changes))
  now.tags = now.tags or '[]'
  redis.call('HSET', KEYS[4], id, summaries.encoded(id, now.title, now.tags, now.createdAt, now.updatedAt, count,
    now.archived == '1' and 'true' or 'false'))
  summaries.index(KEYS[3], id, at)
  mark_active(at)
  return { title = now.title, tags = now.tags, count = count, is_changed = is_changed }
end
