-- include accounts.erasure
-- include accounts.erased_account
-- include accounts.erased_conversation
-- include accounts.erased_data
-- Remove what a user wrote until an erasure: some conversations, and everything else once no older conversation is left.
-- What was written later stays, so this may run late and again.
-- KEYS erased, conversations (index), summaries, stats, active_days, then the user's other keys, then the keys of those
--   conversations
-- ARGV at, acknowledged, how many other keys, then the conversations' ids
-- Returns {'applied', how many older conversations are left}, or {'duplicate', '0'} if everything was removed before
local erased_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3]
local stats_key, active_days_key = KEYS[4], KEYS[5]
local others = {}
for i = 6, #KEYS do table.insert(others, KEYS[i]) end
local at, count = tonumber(ARGV[1]), tonumber(ARGV[3])
local erased_at, is_done = erasure.begin(erased_key, at)
if is_done then return { 'duplicate', '0' } end

for i = 4, #ARGV do
  local from = count + 4 * (i - 4)
  erased_conversation.remove(ARGV[i], erased_at, {
    conversations = conversations_key, summaries = summaries_key, conversation = others[from + 1],
    messages = others[from + 2], message_ids = others[from + 3], replies = others[from + 4] })
end
local left = redis.call('ZCOUNT', conversations_key, '-inf', erased_at)
if left > 0 then return { 'applied', string.format('%d', left) } end

local key = {}
for i = 1, count do key[others[i]:match('[^:]*$')] = others[i] end
local removed_by = {
  profile = function(name) erased_account.profile(name, erased_at) end,
  credential = function(name) erased_account.dated(name, erased_at, 'password_at') end,
  sessions = function(name) erased_account.timed(name, erased_at) end,
  links = function(name) erased_account.timed(name, erased_at) end,
  imported = function(name) erased_account.timed(name, erased_at) end,
  preferences = function(name) erased_account.preferences(name, erased_at) end,
  requests = function(name) erased_account.requests(name, key.request_times, erased_at) end,
  request_times = function() end,
  chat_days = function(name) erased_data.days(name, erased_at) end,
  moods = function(name) erased_data.moods(key.mood_history, name, erased_at) end,
  mood_history = function() end,
  usage = function(name) erased_data.usage(name, erased_at) end,
  deleted = function(name) redis.call('ZREMRANGEBYSCORE', name, '-inf', erased_at) end,
  affirmations = function(name) redis.call('ZREMRANGEBYSCORE', name, '-inf', erased_at) end,
}
for name, whole in pairs(key) do
  local remove = removed_by[name]
  if remove then remove(whole) else redis.call('UNLINK', whole) end
end
erased_conversation.remove_unindexed(conversations_key, summaries_key)
erased_data.days(active_days_key, erased_at)
erased_data.stats(stats_key, conversations_key, summaries_key, active_days_key,
  { key.mood_history, key.moods, key.deleted }, erased_at)
erasure.finish(erased_key, erased_at)
return { 'applied', '0' }
