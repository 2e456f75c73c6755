-- include accounts.registry
-- Register a user.
-- KEYS erased, profile, the email's claim
-- ARGV at, acknowledged, id, email, name, plan ('' where the caller may not choose it)
-- Returns what registry.register returns
return registry.register(KEYS[1], KEYS[2], KEYS[3], clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], ARGV[6])
