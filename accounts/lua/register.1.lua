-- include redis_models.clock
-- include accounts.registration
-- Register a user: claim the email and write the profile, both or neither.
-- KEYS erased, profile, claim (of the email), claimed_at, claimants
-- ARGV at, acknowledged, id, email, name, plan ('' if the caller may not choose it), origin (of earlier rows: the operator)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} if the user was erased since,
--   {'conflict', 'email'} if the email belongs to another user, {'conflict', 'id'} if the id has another email,
--   {'gone', 'superseded'} if the email was changed since, or an acknowledged claim has given way to another user's:
--   name and plan are then taken, and the email is not.
-- An acknowledged registration whose email now belongs to another user keeps its profile, with email_conflict and without a
-- claim.
-- Rows of release 0.1.0 have no claimed_at, and those from before origins no claimants.
local erased_key, profile_key = KEYS[1], KEYS[2]
local claim_key, claimed_at_key, claimants_key = KEYS[3], KEYS[4], KEYS[5]
local claim_keys = claims.keys(claim_key, claimed_at_key, claimants_key)
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local email, name, plan, origin = ARGV[4], ARGV[5], ARGV[6], ARGV[7] or 'operator'
return registration.whole(erased_key, profile_key, claim_keys, origin, at, acknowledged, id, email, name, plan)
