-- include accounts.sessions
-- Replace a session's refresh token. The caller must have verified the old token's signature.
-- KEYS erased, sessions
-- ARGV at, acknowledged, session id, created (ms), generation of the new token, digest of the old one, digest of the new one,
--   digest of the request's key ('' for none)
-- Returns {'applied'}; {'duplicate', rotated (ms)} if this token is stored already; {'conflict', 'repeated', rotated (ms)} if
--   the same request comes again within a minute, which gets the token of that time; {'gone'} if the session has ended,
--   {'gone', 'erased'} if the user was erased since;
--   {'conflict', 'reused'} for an old token, which ends the session. The caller ends it too, with a write of its own.
-- A token whose generation is ahead of the stored one is accepted: a lost server had stored it.
-- An acknowledged rotation is never refused for its token: of two of one generation the later one wins.
local erased_key, sessions_key = KEYS[1], KEYS[2]
local TURN_MS = 60000
local at, acknowledged, id = clock.clamp(ARGV[1]), ARGV[2] == '1', ARGV[3]
local created, generation = tonumber(ARGV[4]), tonumber(ARGV[5])
local old_digest, new_digest, request = ARGV[6], ARGV[7], ARGV[8]
if user.is_erased(erased_key, created) then return { 'gone', 'erased' } end
if sessions.is_over(erased_key, sessions_key, id, created) then return { 'gone' } end
local had = sessions.parsed(redis.call('HGET', sessions_key, id))
if had and had.digest == new_digest then return { 'duplicate', string.format('%d', had.rotated) } end
if acknowledged then
  local is_newer = not had or generation > had.generation
    or (generation == had.generation and order.replaces(at, new_digest, had.rotated, had.digest))
  if not is_newer then return { 'duplicate', string.format('%d', had.rotated) } end
else
  local is_repeated = had and had.generation == generation and request ~= '' and had.request == request
  if is_repeated and at < had.rotated + TURN_MS then return { 'conflict', 'repeated', string.format('%d', had.rotated) } end
  local is_current = not had or had.generation < generation - 1
    or (had.generation == generation - 1 and had.digest == old_digest)
  if not is_current then
    redis.call('HSET', sessions_key, 'ended:' .. id, string.format('%d', at))
    redis.call('HDEL', sessions_key, id)
    return { 'conflict', 'reused' }
  end
end
sessions.put(sessions_key, id, created, generation, at, new_digest, request)
sessions.prune(sessions_key)
if redis.call('HEXISTS', sessions_key, id) == 0 then return { 'gone' } end
return { 'applied' }
