-- include accounts.sessions
-- Replace a session's refresh token. Its signature was checked: it is one of ours.
-- KEYS erased, sessions
-- ARGV at, acknowledged, session id, created (ms), generation of the new token, digest of the old one, digest of the new one,
--   digest of the request's key ('' for none)
-- Returns {'applied'}; {'duplicate', rotated (ms)} for the same request again within a minute, whose token is the same one;
--   {'gone'} where the session is over; {'conflict', 'reused'} for an old token: the session is ended by that.
-- A generation ahead of the stored one is one whose storing was lost with a server; it stands.
local TURN_MS = 60000
local at, id, created, generation = clock.clamp(ARGV[1]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local old_digest, new_digest, request = ARGV[6], ARGV[7], ARGV[8]
if sessions.is_over(KEYS[1], KEYS[2], id, created) then return { 'gone' } end
local had = sessions.parsed(redis.call('HGET', KEYS[2], id))
if had and had.digest == new_digest then return { 'duplicate', string.format('%d', had.rotated) } end
local is_repeated = had and had.generation == generation and request ~= '' and had.request == request
if is_repeated and at < had.rotated + TURN_MS then return { 'duplicate', string.format('%d', had.rotated) } end
local is_current = not had or had.generation < generation - 1
  or (had.generation == generation - 1 and had.digest == old_digest)
if ARGV[2] == '1' then
  is_current = not had or generation > had.generation
    or (generation == had.generation and order.replaces(at, new_digest, had.rotated, had.digest))
  if not is_current then return { 'duplicate', string.format('%d', had.rotated) } end
end
if not is_current then
  redis.call('HSET', KEYS[2], 'ended:' .. id, string.format('%d', at))
  redis.call('HDEL', KEYS[2], id)
  return { 'conflict', 'reused' }
end
sessions.put(KEYS[2], id, created, generation, at, new_digest, request)
sessions.prune(KEYS[2])
if redis.call('HEXISTS', KEYS[2], id) == 0 then return { 'gone' } end
return { 'applied' }
