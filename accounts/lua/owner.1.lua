-- include accounts.claims
-- Read who has an email, and who lost it to this owner.
-- KEYS claim (of the email), claimants
-- ARGV none
-- Returns {the owner's id, the claim's origin, the id of each user who lost the email, newest first}; the first two are ''
--   if the email is free
local claim_key, claimants_key = KEYS[1], KEYS[2]
local claim_keys = claims.keys(claim_key, nil, claimants_key)
local owner, origin = claims.held(claim_keys)
local answer = { owner or '', origin or '' }
for _, loser in ipairs(claims.losers(claim_keys, owner)) do table.insert(answer, loser.id) end
return answer
