-- include accounts.stored
-- Read a user's plan, and how many bytes the user stores.
-- KEYS profile, stats, summaries, mood_history, affirmations
-- Returns {plan ('' for none), size of conversations and moods, size of affirmations}
local profile_key, stats_key, summaries_key = KEYS[1], KEYS[2], KEYS[3]
local mood_history_key, affirmations_key = KEYS[4], KEYS[5]
local derived, beside = stored.bytes(stats_key, summaries_key, mood_history_key, affirmations_key)
return { redis.call('HGET', profile_key, 'plan') or '', derived, beside }
