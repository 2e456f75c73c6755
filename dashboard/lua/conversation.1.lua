-- include accounts.user
-- include redis_models.order
-- include dashboard.summaries
-- include dashboard.stats
-- Count a conversation and show it among the recent ones; a saved one keeps its own summary.
-- KEYS erased, stats, conversations, summaries, active_days, deleted
-- ARGV at, acknowledged, conversation id, title
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations} or {'gone'}
local at, id, title = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(KEYS[1], at) or redis.call('ZSCORE', KEYS[6], id) then return { 'gone' } end
local iso = clock.iso(at)
local stored = redis.call('HGET', KEYS[4], id)
local had = stored and cjson.decode(stored)
if not had then
  redis.call('HSET', KEYS[4], id, summaries.encoded(id, title, '[]', iso, iso, '0'))
elseif had.archived == nil then
  local created = had.createdAt < iso and had.createdAt or iso
  local is_newer = iso > had.updatedAt or (iso == had.updatedAt and order.replaces(0, title, 0, had.title))
  local updated = is_newer and iso or had.updatedAt
  redis.call('HSET', KEYS[4], id, summaries.encoded(id, is_newer and title or had.title, '[]', created, updated, '0'))
end
summaries.index(KEYS[3], id, at)
local now = stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { had and 'duplicate' or 'applied', now.conversations, now.mood_score, now.days_active, now.recent_conversations }
