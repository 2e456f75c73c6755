-- include accounts.user
-- include redis_models.clock
-- include dashboard.summaries
-- include dashboard.moods
-- Measure what an import added: the messages of some conversations, and all of the user's conversations and moods. What is
-- written is derived from stored data, so this may run at any time and again.
-- KEYS erased, stats, summaries, mood_history, then the list of messages of each conversation
-- ARGV at, acknowledged, the conversations' ids
-- Returns {'applied', bytes stored}, or {'gone'} if the user was erased since
local erased_key, stats_key, summaries_key, mood_history_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local lists = {}
for i = 5, #KEYS do table.insert(lists, KEYS[i]) end
local at = clock.clamp(ARGV[1])
if user.is_erased(erased_key, at) then return { 'gone' } end
for i = 3, #ARGV do
  local encoded = redis.call('HGET', summaries_key, ARGV[i])
  if encoded then
    local fresh = summaries.with_bytes(encoded, summaries.size_of(lists[i - 2]))
    summaries.put(stats_key, summaries_key, ARGV[i], fresh)
  end
end
summaries.keep_bytes(stats_key, summaries_key)
moods.keep_bytes(stats_key, mood_history_key)
return { 'applied', sizes.total(stats_key) }
