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
  redis.call('RPUSH', KEYS[8], unpack(messages))
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

-- Let a field (title, tags, archived) have the value, unless a newer one stands. Returns whether it stands now.
function conversations.set(name, value, at)
  local had = redis.call('HMGET', KEYS[7], name, name .. 'At')
  if not order.replaces(at, value, had[2], had[1]) then return false end
  redis.call('HSET', KEYS[7], name, value, name .. 'At', string.format('%d', at))
  return true
end

-- Bring all that follows from the conversation up to date: its times and count, its place in the index, its summary, the
-- stats and the active day. createdAt is the earliest time seen, updatedAt the latest.
-- Returns a table of strings: title, tags (JSON), count, is_new (a boolean)
function conversations.settle(at, id)
  local had = redis.call('HMGET', KEYS[7], 'title', 'tags', 'createdAt', 'updatedAt', 'archived')
  local iso = clock.iso(at)
  local now = { title = had[1] or '', tags = had[2] or '[]', count = string.format('%d', redis.call('HLEN', KEYS[9])),
    is_new = not had[3] }
  local created = had[3] and had[3] < iso and had[3] or iso
  local updated = had[4] and had[4] > iso and had[4] or iso
  redis.call('HSET', KEYS[7], 'id', id, 'createdAt', created, 'updatedAt', updated, 'messageCount', now.count)
  summaries.index(KEYS[3], id, at)
  redis.call('HSET', KEYS[4], id,
    summaries.encoded(id, now.title, now.tags, created, updated, now.count, had[5] == '1' and 'true' or 'false'))
  mark_active(at)
  return now
end
