-- Read the owner of an email.
-- KEYS claim (of the email)
-- Returns the user's id, or nil
local claim_key = KEYS[1]
return redis.call('GET', claim_key)
