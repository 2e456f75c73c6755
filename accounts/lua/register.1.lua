-- include redis_models.clock
-- include accounts.registration
-- Register a user: claim the email and write the profile, both or neither.
-- KEYS erased, profile, the email's claim
-- ARGV at, acknowledged, id, email, name, plan ('' where the caller may not choose it)
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} for a user erased since,
--   {'conflict', 'email'} where the email is another user's, {'conflict', 'id'} where the id has another email.
-- An acknowledged registration whose email is another user's by now keeps its profile, with email_conflict and without claim;
-- one that gives way to a change of the email is a duplicate.
return registration.whole(KEYS[1], KEYS[2], KEYS[3], clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], ARGV[6])
