-- include redis_models.clock
-- include accounts.registration
-- Register a user: claim the email and write the profile, both or neither.
-- KEYS erased, profile, the email's claim
-- ARGV at, acknowledged, id, email, name, plan ('' where the caller may not choose it)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} for a user erased since,
--   {'conflict', 'email'} where the email is another user's, {'conflict', 'id'} where the id has another email.
-- An acknowledged registration whose email is another user's by now keeps its profile, with email_conflict and without claim.
local erased_key, profile_key, claim_key = KEYS[1], KEYS[2], KEYS[3]
local at, acknowledged = clock.clamp(ARGV[1]), ARGV[2] == '1'
local id, email, name, plan = ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local refusal = registration.refusal(erased_key, profile_key, at, email)
if refusal then return refusal end
local owner = redis.call('GET', claim_key)
local is_taken = owner and owner ~= id
if is_taken and not acknowledged then return { 'conflict', 'email' } end

local is_new, stands, plan_stands, joined_at = registration.write(profile_key, at, id, email, name, plan)
if is_taken then return registration.without_claim(profile_key, email) end
redis.call('SET', claim_key, id)
redis.call('HDEL', profile_key, 'email_conflict')
return { (is_new or not owner) and 'applied' or 'duplicate', stands, plan_stands, joined_at }
