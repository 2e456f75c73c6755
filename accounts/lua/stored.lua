-- include dashboard.summaries
-- include dashboard.moods
-- Fragment: how many bytes a user stores.
local stored = {}
local AFFIRMATION_BYTES = 1024 -- what a sentence that was shown counts, however long it is

-- Return two texts: the size of conversations and moods, and that of affirmations.
function stored.bytes(stats_key, summaries_key, mood_history_key, affirmations_key)
  local derived = summaries.bytes(stats_key, summaries_key) + moods.bytes(stats_key, mood_history_key)
  return string.format('%.0f', derived), string.format('%.0f', AFFIRMATION_BYTES * redis.call('ZCARD', affirmations_key))
end
