-- include accounts.user
-- include redis_models.clock
-- include chat.usage
-- Count a message to Aira on a day of the user's, unless the plan's limit is reached.
-- KEYS erased, usage, profile
-- ARGV at, acknowledged, message id, day (its number), then plan, limit ('' for none), plan, limit, ...; the first plan is
--   that of a profile without one
-- Returns {'applied'|'duplicate', plan, used, limit} or {'gone'}; {'conflict', plan, used, limit} where the limit is reached.
-- An acknowledged message is counted also past the limit: it was let through while Redis was away.
local at, acknowledged, id, day = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3], tonumber(ARGV[4])
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local has = redis.call('HGET', KEYS[3], 'plan')
local plan, limit = ARGV[5], ARGV[6]
for i = 5, #ARGV, 2 do
  if ARGV[i] == has then plan, limit = has, ARGV[i + 1] end
end
local used = usage.of(KEYS[2], day)
local function answer(outcome, count) return { outcome, plan, string.format('%d', count), limit } end

if redis.call('ZSCORE', KEYS[2], id) then return answer('duplicate', used) end
if limit ~= '' and used >= tonumber(limit) and not acknowledged then return answer('conflict', used) end
if not usage.put(KEYS[2], id, day) then return answer('duplicate', used) end
return answer('applied', used + 1)
