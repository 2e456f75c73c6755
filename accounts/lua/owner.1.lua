-- Read who owns an email.
-- KEYS the email's claim
-- Returns the user's id, or nil
return redis.call('GET', KEYS[1])
