-- include accounts.emails
-- Give a user another email on a cluster: the second of three writes, between claiming the new one and releasing the old one.
-- KEYS erased, profile
-- ARGV at, acknowledged, the claim's outcome, id, new email, old email
-- Returns what accounts.email returns
local at, new, old = clock.clamp(ARGV[1]), ARGV[5], ARGV[6]
local refusal = emails.refusal(KEYS[1], KEYS[2], at, ARGV[2] == '1', new, old)
if refusal then return refusal end
if ARGV[3] == 'conflict' then return { 'conflict', 'email' } end
return emails.write(KEYS[2], at, new)
