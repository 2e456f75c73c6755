-- include accounts.user
-- include redis_models.clock
-- include chat.usage
-- Count a message to Aira on one of the user's days, unless the plan's limit is reached.
-- KEYS erased, usage, profile
-- ARGV at, acknowledged, message id, day (its number), then plan, limit ('' for none), plan, limit, ...; a profile without
--   a plan has the first one
-- Returns {'applied'|'duplicate', plan, used, limit}, {'conflict', plan, used, limit} if the limit is reached, or {'gone'} if
--   the user was erased since. An acknowledged message is counted even past the limit: it was allowed while Redis was away.
local erased_key, usage_key, profile_key = KEYS[1], KEYS[2], KEYS[3]
local at, acknowledged, id, day = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3], tonumber(ARGV[4])
if user.is_erased(erased_key, at) then return { 'gone' } end
local has = redis.call('HGET', profile_key, 'plan')
local plan, limit = ARGV[5], ARGV[6]
for i = 5, #ARGV, 2 do
  if ARGV[i] == has then plan, limit = has, ARGV[i + 1] end
end
local used = usage.of(usage_key, day)
local function answer(outcome, count) return { outcome, plan, string.format('%d', count), limit } end

if redis.call('ZSCORE', usage_key, id) then return answer('duplicate', used) end
if limit ~= '' and used >= tonumber(limit) and not acknowledged then return answer('conflict', used) end
if not usage.put(usage_key, id, day) then return answer('duplicate', used) end
return answer('applied', used + 1)
