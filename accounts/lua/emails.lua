-- include redis_models.clock
-- include accounts.user
-- Fragment: changing the email of a profile.
local emails = {}

-- Return the reply that refuses a change of the email, or nil to go on. A change that is older than the latest one is
-- refused even if the profile has the old email again: its command may run late, or once more.
function emails.refusal(erased_key, profile_key, at, acknowledged, new, old)
  if user.is_erased(erased_key, at) then return { 'gone' } end
  local had = redis.call('HMGET', profile_key, 'email', 'email_at')
  if had[1] == new then return nil end
  local is_late = at <= tonumber(had[2] or 0)
  if acknowledged then return is_late and { 'gone', 'superseded' } or nil end
  if is_late or had[1] ~= old then return { 'conflict', 'changed' } end
end

-- Write the email to the profile, with the time of its latest change.
function emails.write(profile_key, at, new)
  local had = redis.call('HMGET', profile_key, 'email', 'email_at')
  redis.call('HSET', profile_key, 'email', new, 'email_at', string.format('%d', math.max(at, tonumber(had[2] or 0))))
  redis.call('HDEL', profile_key, 'email_conflict')
  return { had[1] == new and 'duplicate' or 'applied' }
end
