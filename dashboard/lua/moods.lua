-- include redis_models.order
-- include dashboard.sizes
-- Fragment: mood entries. The history (a zset of JSON by ms) is an index. The hash of moods has the valid entry of each id,
-- as "rank at member". Rank 1 is a correction; the newest one wins. Rank 0 is an original entry; the earliest one wins, and
-- any correction outranks it, so a repeated request undoes no correction. A deleted entry has only the time of its latest
-- deletion; in data of older releases, an empty text.
local moods = {}
local bytes -- the size of all entries; nil if it has to be derived

local function derived(history_key)
  local sum = 0
  for _, member in ipairs(redis.call('ZRANGE', history_key, 0, -1)) do sum = sum + #member end
  return sum
end

-- Return the size of all entries.
function moods.bytes(stats_key, history_key)
  return sizes.known(stats_key, 'mood_bytes', redis.call('ZCARD', history_key), function() return derived(history_key) end)
end

-- Keep the size of all entries.
function moods.keep_bytes(stats_key, history_key)
  sizes.keep(stats_key, 'mood_bytes', moods.bytes(stats_key, history_key), redis.call('ZCARD', history_key))
end

-- Begin to change entries; `show_latest` ends it.
function moods.open(stats_key, history_key)
  bytes = moods.bytes(stats_key, history_key)
  sizes.open(stats_key, 'mood_bytes')
end

-- Remove a member from the history.
function moods.drop(history_key, member)
  if redis.call('ZREM', history_key, member) == 1 and bytes then bytes = bytes - #member end
end

local function add(history_key, moment, member)
  if redis.call('ZADD', history_key, moment, member) == 1 and bytes then bytes = bytes + #member end
end

-- Return whether the text of the hash marks a deleted entry.
function moods.is_deleted(text)
  return text:match('^%d*$') ~= nil
end

-- Return the time (ms) of a text of the hash, and its member of the history; nil for a deleted entry.
function moods.parsed(text)
  if moods.is_deleted(text) then return tonumber(text) or 0, nil end
  local at, member = text:match('^%d (%d+) (.*)$')
  return tonumber(at), member
end

local function replaces(rank, at, member, had)
  if not had then return true end
  local had_rank, had_at, had_member = had:match('^(%d) (%d+) (.*)$')
  if rank ~= tonumber(had_rank) then return rank > tonumber(had_rank) end
  if rank == 1 then return order.replaces(at, member, had_at, had_member) end
  return order.replaces(tonumber(had_at), had_member, at, member)
end

-- Store the entry unless the stored one outranks it. Return 'applied', 'duplicate', or 'gone' if it was deleted.
function moods.keep(history_key, moods_key, id, rank, at, moment, member)
  local had = redis.call('HGET', moods_key, id)
  local is_gone = had and moods.is_deleted(had)
  if is_gone or not replaces(rank, at, member, had) then
    -- An outranked member is in the history if a missing permission aborted the script.
    if had:match('^%d %d+ (.*)$') ~= member then moods.drop(history_key, member) end
    return is_gone and 'gone' or 'duplicate'
  end
  if had then moods.drop(history_key, had:match('^%d %d+ (.*)$')) end
  add(history_key, moment, member)
  redis.call('HSET', moods_key, id, string.format('%d %d ', rank, at) .. member)
  return 'applied'
end

-- Delete the entry permanently, even if it is missing. Return 'applied' or 'duplicate'.
function moods.delete(history_key, moods_key, id, at)
  local had = redis.call('HGET', moods_key, id)
  local had_at, member = moods.parsed(had or '')
  if member then moods.drop(history_key, member) end
  local is_repeated = had and not member
  if not is_repeated or at > had_at then redis.call('HSET', moods_key, id, string.format('%d', at)) end
  return is_repeated and 'duplicate' or 'applied'
end

-- Write the score of the newest entry to the stats, or 0 if there is none, and the size of all entries.
function moods.show_latest(stats_key, history_key)
  local newest = redis.call('ZREVRANGE', history_key, 0, 0)[1]
  local score = newest and newest:match('"score":%s*(%d+%.?%d*)') or '0'
  redis.call('HSET', stats_key, 'mood_score', score)
  sizes.keep(stats_key, 'mood_bytes', bytes or derived(history_key), redis.call('ZCARD', history_key))
end
