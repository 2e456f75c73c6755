-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Fragment: a user's sessions, one hash: session id -> 'created generation rotated digest request', 'ended:' .. id -> ms,
-- and 'ended' -> ms: sessions created up to then have ended. Digests are of refresh tokens; the tokens are not stored.
-- Notes: 'browser:' .. id -> 'created ms name' and 'confirmed:' .. id -> 'created ms'; created is that of the session.
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

local function is_note_over(key, kind, id, text, ended, now)
  if kind == 'ended' then return tonumber(text) + LIFE_MS <= now end
  local created, at = text:match('^(%d+) (%d+)')
  if tonumber(created) <= ended or redis.call('HEXISTS', key, 'ended:' .. id) == 1 then return true end
  return tonumber(at) + LIFE_MS <= now and redis.call('HEXISTS', key, id) == 0
end

local function drop(key, id)
  redis.call('HDEL', key, id, 'browser:' .. id, 'confirmed:' .. id)
end

-- Return whether a session's refresh tokens have expired.
function sessions.has_expired(session)
  return session.rotated + LIFE_MS <= redis.call('TIME')[1] * 1000
end

-- Remove sessions that have ended or outlived every refresh token, then all but the 50 newest, each with its notes.
function sessions.prune(key)
  local now = redis.call('TIME')[1] * 1000
  local ended = tonumber(redis.call('HGET', key, 'ended') or 0)
  local all, kept = redis.call('HGETALL', key), {}
  for i = 1, #all, 2 do
    local name, session = all[i], sessions.parsed(all[i + 1])
    local kind, id = name:match('^(%l+):(.*)$')
    if session and not sessions.has_expired(session) and session.created > ended then
      table.insert(kept, { id = name, created = session.created })
    elseif session then
      drop(key, name)
    elseif id and is_note_over(key, kind, id, all[i + 1], ended, now) then
      redis.call('HDEL', key, name)
    end
  end
  table.sort(kept, function(a, b) return a.created > b.created or (a.created == b.created and a.id > b.id) end)
  for i = AT_MOST + 1, #kept do drop(key, kept[i].id) end
  redis.call('PEXPIRE', key, LIFE_MS + 86400000)
end

-- Add a note of a session that was created at `created`; of two of a kind the later one stays. Times are in ms.
function sessions.note(key, kind, id, at, created, text)
  local field = kind .. ':' .. id
  local had = redis.call('HGET', key, field)
  if had and tonumber(had:match('^%d+ (%d+)')) >= at then return false end
  redis.call('HSET', key, field, string.format('%d %d', created, at) .. (text and ' ' .. text or ''))
  return true
end

-- Store a session; times are in ms.
function sessions.put(key, id, created, generation, rotated, digest, request)
  redis.call('HSET', key, id, string.format('%d %d %d %s %s', created, generation, rotated, digest, request))
end
