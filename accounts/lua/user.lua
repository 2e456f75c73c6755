-- Fragment: whether a user was erased.
local user = {}

-- Return whether a write made at `at` (ms) is older than the user's erasure. `erased_key` is user:{id}:erased.
function user.is_erased(erased_key, at)
  local erased_at = redis.call('GET', erased_key)
  return erased_at and at <= tonumber(erased_at)
end
