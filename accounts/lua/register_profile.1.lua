-- include redis_models.clock
-- include accounts.registration
-- Register a user on a cluster: the second of two writes, which comes after accounts.claim.
-- KEYS erased, profile
-- ARGV at, acknowledged, the claim's outcome, id, email, name, plan ('' where the caller may not choose it)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} for a user erased since,
--   {'conflict', 'email'} where the email is another user's, {'conflict', 'id'} where the id has another email.
-- An acknowledged registration whose email is another user's by now keeps its profile, with email_conflict; one that gives way
-- to a change of the email is {'gone', 'superseded'}, which takes its claim back.
return registration.of_profile(KEYS[1], KEYS[2], clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
