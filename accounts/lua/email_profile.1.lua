-- include accounts.emails
-- Change a user's email on a cluster: the second of three writes. The first claims the new email, the third releases the
-- old one.
-- KEYS erased, profile
-- ARGV at, acknowledged, the claim's outcome, id, new email, old email
-- Returns what accounts.email returns.
local erased_key, profile_key = KEYS[1], KEYS[2]
local at, acknowledged, claimed = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local new, old = ARGV[5], ARGV[6]
local refusal = emails.refusal(erased_key, profile_key, at, acknowledged, new, old)
if refusal then return refusal end
if claimed == 'conflict' then return { 'conflict', 'email' } end
local reply = emails.write(profile_key, at, new)
return claimed == 'gone' and { 'gone', 'superseded' } or reply
