-- include redis_models.order
-- Fragment: a user's credential.
local credentials = {}

-- Store an encoded password of `at` (ms) unless a later one is stored; return whether it was stored.
function credentials.replace(key, at, encoded)
  local had = redis.call('HMGET', key, 'password', 'password_at')
  if had[1] and not order.replaces(at, encoded, had[2], had[1]) then return false end
  redis.call('HSET', key, 'password', encoded, 'password_at', string.format('%d', at))
  return true
end
