-- include redis_models.clock
-- include accounts.registration
-- Register a user on a cluster: the second of two writes, after accounts.claim.
-- KEYS erased, profile
-- ARGV at, acknowledged, the claim's outcome, id, email, name, plan ('' if the caller may not choose it)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} if the user was erased since,
--   {'conflict', 'email'} if the email belongs to another user, {'conflict', 'id'} if the id has another email.
-- An acknowledged registration whose email now belongs to another user keeps its profile, with email_conflict. A
-- registration superseded by a change of the email returns {'gone', 'superseded'}; its claim is then released.
local erased_key, profile_key = KEYS[1], KEYS[2]
local at, acknowledged, claimed = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local id, email, name, plan = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
return registration.of_profile(erased_key, profile_key, at, acknowledged, claimed, id, email, name, plan)
