-- include redis_models.clock
-- include accounts.claims
-- Release an email if it is the user's by a claim from before this release, or undo the claim of one request.
-- KEYS claim (of the email), claimed_at, claimed_by (see accounts.claim)
-- ARGV at, acknowledged, user id, name of the request whose claim is undone ('' to release the email)
-- Returns {'applied'|'duplicate'}. A claim is undone only if its request found the email free and no other request has
-- repeated the claim since.
local claim_key, claimed_at_key, claimed_by_key = KEYS[1], KEYS[2], KEYS[3]
local at, id, request = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if not claims.is_older(claim_key, claimed_at_key, at, id) then return { 'duplicate' } end
-- In rows of release 0.1.0 the time of a claim is its request's name.
if request ~= '' and redis.call('GET', claimed_by_key or claimed_at_key) ~= request then return { 'duplicate' } end
redis.call('DEL', unpack(KEYS))
return { 'applied' }
