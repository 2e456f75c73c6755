-- include accounts.user
-- include redis_models.order
-- include dashboard.summaries
-- include dashboard.stats
-- Count a conversation and show it as recent; a saved conversation keeps its own summary.
-- KEYS erased, stats, conversations, summaries, active_days, deleted
-- ARGV at, acknowledged, conversation id, title
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations, bytes stored}, or {'gone'} if the user was
--   erased or the conversation deleted
local erased_key, stats_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key, deleted_key = KEYS[5], KEYS[6]
local at, id, title = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(erased_key, at) or redis.call('ZSCORE', deleted_key, id) then return { 'gone' } end
local iso = clock.iso(at)
local stored = redis.call('HGET', summaries_key, id)
local had = stored and cjson.decode(stored)
if not had then
  summaries.put(stats_key, summaries_key, id, summaries.encoded(id, title, '[]', iso, iso, '0'))
elseif had.archived == nil then
  local created = had.createdAt < iso and had.createdAt or iso
  local is_newer = iso > had.updatedAt or (iso == had.updatedAt and order.replaces(0, title, 0, had.title))
  local updated = is_newer and iso or had.updatedAt
  summaries.put(stats_key, summaries_key, id,
    summaries.encoded(id, is_newer and title or had.title, '[]', created, updated, '0'))
end
summaries.index(conversations_key, id, at)
local now = stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { had and 'duplicate' or 'applied', now.conversations, now.mood_score, now.days_active, now.recent_conversations,
  sizes.total(stats_key) }
