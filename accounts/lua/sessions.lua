-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Fragment: a user's sessions, one hash: session id -> 'created generation rotated digest request', 'ended:' .. id -> ms,
-- and 'ended' -> ms: sessions created up to then have ended. Digests are of refresh tokens; the tokens are not stored.
local sessions = {}
local LIFE_MS, AT_MOST = 2592000000, 50

-- Parse a session into a table; return nil if the text is not a session.
function sessions.parsed(text)
  local created, generation, rotated, digest, request = (text or ''):match('^(%d+) (%d+) (%d+) (%x+) (%S*)$')
  if not created then return nil end
  return { created = tonumber(created), generation = tonumber(generation), rotated = tonumber(rotated), digest = digest,
    request = request }
end

-- Return whether a session that was created at `created` (ms) has ended.
function sessions.is_over(erased_key, key, id, created)
  local ended = redis.call('HMGET', key, 'ended', 'ended:' .. id)
  return (user.is_erased(erased_key, created) or (ended[1] and created <= tonumber(ended[1])) or ended[2]) and true or false
end

-- Remove sessions that have ended or outlived every refresh token, then all but the 50 newest.
function sessions.prune(key)
  local now = redis.call('TIME')[1] * 1000
  local ended = tonumber(redis.call('HGET', key, 'ended') or 0)
  local all, kept = redis.call('HGETALL', key), {}
  for i = 1, #all, 2 do
    local id, session = all[i], sessions.parsed(all[i + 1])
    if session and session.rotated + LIFE_MS > now and session.created > ended then
      table.insert(kept, { id = id, created = session.created })
    elseif session or (id:sub(1, 6) == 'ended:' and tonumber(all[i + 1]) + LIFE_MS <= now) then
      redis.call('HDEL', key, id)
    end
  end
  table.sort(kept, function(a, b) return a.created > b.created or (a.created == b.created and a.id > b.id) end)
  for i = AT_MOST + 1, #kept do redis.call('HDEL', key, kept[i].id) end
  redis.call('PEXPIRE', key, LIFE_MS + 86400000)
end

-- Store a session; times are in ms.
function sessions.put(key, id, created, generation, rotated, digest, request)
  redis.call('HSET', key, id, string.format('%d %d %d %s %s', created, generation, rotated, digest, request))
end
