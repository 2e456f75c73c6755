-- include redis_models.clock
-- include accounts.registration
-- Register a user on a cluster: the second of two writes, which comes after accounts.claim.
-- KEYS erased, profile
-- ARGV at, acknowledged, the claim's outcome, id, email, name, plan ('' where the caller may not choose it)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} for a user erased since,
--   {'conflict', 'email'} where the email is another user's, {'conflict', 'id'} where the id has another email.
-- An acknowledged registration whose email is another user's by now keeps its profile, with email_conflict.
local erased_key, profile_key = KEYS[1], KEYS[2]
local at, claimed = clock.clamp(ARGV[1]), ARGV[3]
local id, email, name, plan = ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local refusal = registration.refusal(erased_key, profile_key, at, email)
if refusal then return refusal end
local is_new, stands, plan_stands, joined_at = registration.write(profile_key, at, id, email, name, plan)
if claimed == 'conflict' then return registration.without_claim(profile_key, email) end
redis.call('HDEL', profile_key, 'email_conflict')
return { (is_new or claimed == 'applied') and 'applied' or 'duplicate', stands, plan_stands, joined_at }
