-- include redis_models.clock
-- include accounts.registration
-- Register a user: claim the email and write the profile, both or neither.
-- KEYS erased, profile, claim (of the email)
-- ARGV at, acknowledged, id, email, name, plan ('' if the caller may not choose it)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} if the user was erased since,
--   {'conflict', 'email'} if the email belongs to another user, {'conflict', 'id'} if the id has another email.
-- An acknowledged registration whose email now belongs to another user keeps its profile, with email_conflict and without a
-- claim. A registration superseded by a change of the email is a duplicate.
local erased_key, profile_key, claim_key = KEYS[1], KEYS[2], KEYS[3]
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local email, name, plan = ARGV[4], ARGV[5], ARGV[6]
return registration.whole(erased_key, profile_key, claim_key, at, acknowledged, id, email, name, plan)
