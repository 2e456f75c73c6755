-- include redis_models.clock
-- include dashboard.stats
-- include dashboard.summaries
-- include dashboard.moods
-- Fragment: remove what is older than an erasure from a user's moods, days and stats; what was made later stays.
local erased_data = {}
local DAY_MS, ORDINAL_OF_1970 = 86400000, 719163

-- Remove days. Of the day of the erasure, only its last activity can be known to be later.
function erased_data.days(key, erased_at)
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local first, last = all[i + 1]:match('^(%d+) (%d+)$')
    if not last or tonumber(last) <= erased_at then
      redis.call('HDEL', key, all[i])
    elseif tonumber(first) <= erased_at then
      redis.call('HSET', key, all[i], last .. ' ' .. last)
    end
  end
end

-- Remove mood entries, deletions of entries, and entries without an id, which are from an older server.
function erased_data.moods(history_key, moods_key, erased_at)
  local all, kept = redis.call('HGETALL', moods_key), {}
  for i = 1, #all, 2 do
    local at, member = moods.parsed(all[i + 1])
    if at > erased_at then
      kept[member or ''] = true
    else
      redis.call('HDEL', moods_key, all[i])
    end
  end
  for _, member in ipairs(redis.call('ZRANGE', history_key, 0, -1)) do
    if not kept[member] then redis.call('ZREM', history_key, member) end
  end
end

-- Remove counted messages. Only their day is stored, so those of the erasure's day are removed, too, in any time zone.
function erased_data.usage(key, erased_at)
  local day = math.floor(erased_at / DAY_MS) + ORDINAL_OF_1970 + 1
  redis.call('ZREMRANGEBYSCORE', key, -day, day)
end

-- Derive the stats from what stays; remove them if nothing does. Counts of an older server are dropped.
function erased_data.stats(stats_key, conversations_key, summaries_key, active_days_key, other_keys, erased_at)
  local is_later, kept = false, {}
  for _, field in ipairs({ 'touched_at', 'deleted_at' }) do
    local text = redis.call('HGET', stats_key, field)
    if tonumber(text or 0) > erased_at then is_later, kept[field] = true, text end
  end
  redis.call('UNLINK', stats_key)
  for _, key in ipairs({ conversations_key, active_days_key, unpack(other_keys) }) do
    is_later = is_later or redis.call('EXISTS', key) == 1
  end
  if not is_later then return end
  for field, text in pairs(kept) do redis.call('HSET', stats_key, field, text) end
  stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
  summaries.keep_bytes(stats_key, summaries_key)
  moods.show_latest(stats_key, other_keys[1])
end
