-- include accounts.user
-- include redis_models.order
-- include dashboard.summaries
-- include dashboard.stats
-- include dashboard.days
-- Save a conversation: itself, its place in the index, its summary, the stats and the active day.
-- KEYS erased, stats, conversations, summaries, active_days, deleted, conversation, messages, message_ids,
--   chat_days
-- ARGV at, acknowledged, conversation id, title, tags (JSON list), request key ('' for none), request digest,
--   then for each message its id and its JSON
-- Returns {'applied'|'duplicate', title, tags, message count, savedAt}, {'gone'} for a deleted conversation,
--   {'conflict'} where the same request key came with another body before.
-- Only messages whose id is new are appended; the newer title and tags stand; createdAt is the earliest seen.
local conversations_key, summaries_key, conversation_key = KEYS[3], KEYS[4], KEYS[7]
local at, id, title, tags = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
local request_field, digest = 'request:' .. ARGV[6], ARGV[7]
local iso = clock.iso(at)
-- Also a save that finds its conversation deleted was an activity: the day must not depend on which of the two came first.
local function mark_active()
  days.mark(redis.call, KEYS[5], at)
  days.mark(redis.call, KEYS[10], at)
  stats.refresh(redis.call, KEYS[2], conversations_key, summaries_key, KEYS[5])
end

if user.is_erased(KEYS[1], at) then return { 'gone' } end
if redis.call('ZSCORE', KEYS[6], id) then
  mark_active()
  return { 'gone' }
end
local had = redis.call('HMGET', conversation_key, 'title', 'tags', 'titleAt', 'createdAt', 'updatedAt', request_field)
if ARGV[6] ~= '' and had[6] and had[6] ~= digest then return { 'conflict' } end

local appended = 0
for i = 8, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[9], ARGV[i], '1') == 1 then
    redis.call('RPUSH', KEYS[8], ARGV[i + 1])
    appended = appended + 1
  end
end
local is_title_new = order.replaces(at, title .. '\n' .. tags, had[3], (had[1] or '') .. '\n' .. (had[2] or ''))
if not is_title_new then title, tags = had[1], had[2] end
local created = had[4] and had[4] < iso and had[4] or iso
local updated = had[5] and had[5] > iso and had[5] or iso
local count = string.format('%d', redis.call('HLEN', KEYS[9]))
redis.call('HSET', conversation_key, 'id', id, 'title', title, 'tags', tags, 'createdAt', created, 'updatedAt', updated,
  'messageCount', count)
if is_title_new then redis.call('HSET', conversation_key, 'titleAt', string.format('%d', at)) end
if ARGV[6] ~= '' then redis.call('HSET', conversation_key, request_field, digest) end

summaries.index(conversations_key, id, at)
redis.call('HSET', summaries_key, id, summaries.encoded(id, title, tags, created, updated, count))
mark_active()
local is_applied = appended > 0 or not had[4] or is_title_new
return { is_applied and 'applied' or 'duplicate', title, tags, count, iso }
