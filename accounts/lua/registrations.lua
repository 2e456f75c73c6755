-- include redis_models.order
-- include redis_models.clock
-- Fragment: the newest registrations of a profile, newest first, as "at plan,at plan"; `plan` is '' if the caller could not
-- choose it. From these an erasure tells what the profile would be without the older ones.
local registrations = {}
local AT_MOST = 8

local function parsed(text)
  local found = {}
  for at, plan in (text or ''):gmatch('(%d+) ([^,]*)') do table.insert(found, { at = tonumber(at), plan = plan }) end
  return found
end

-- Return the list as text.
function registrations.encoded(list)
  local texts = {}
  for _, each in ipairs(list) do table.insert(texts, string.format('%d ', each.at) .. each.plan) end
  return table.concat(texts, ',')
end

-- Return the text with one more registration.
function registrations.with(text, at, plan)
  local list, is_known = parsed(text), false
  for _, each in ipairs(list) do
    if each.at == at then
      is_known = true
      if order.replaces(at, plan, at, each.plan) then each.plan = plan end
    end
  end
  if not is_known then table.insert(list, { at = at, plan = plan }) end
  table.sort(list, function(a, b) return a.at > b.at end)
  list[AT_MOST + 1] = nil
  return registrations.encoded(list)
end

-- Return the plan of the registration at exactly this time (ms); nil if there is none.
function registrations.plan_at(text, at)
  for _, each in ipairs(parsed(text)) do
    if each.at == at then return each.plan end
  end
end

-- Return the registrations after the time (ms), newest first.
function registrations.after(text, at)
  local found = {}
  for _, each in ipairs(parsed(text)) do
    if each.at > at then table.insert(found, each) end
  end
  return found
end

-- Return whether the email of the profile was set after the time (ms): by a registration or by a change.
function registrations.is_later(profile_key, at)
  local had = redis.call('HMGET', profile_key, 'registrations', 'email_at', 'joinedAt')
  if #registrations.after(had[1], at) > 0 or tonumber(had[2] or 0) > at then return true end
  return not had[1] and (had[3] or '') > clock.iso(at) -- written by an older release
end
