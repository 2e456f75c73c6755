-- include accounts.sessions
-- Read a user's sessions.
-- KEYS sessions
-- Returns {id, created (ms), rotated (ms), name of the browser ('' if it is not known), ...}, the last used one first
local sessions_key = KEYS[1]
local all, found, browsers = redis.call('HGETALL', sessions_key), {}, {}
for i = 1, #all, 2 do
  local session, id = sessions.parsed(all[i + 1]), all[i]:match('^browser:(.*)$')
  if session and not sessions.has_expired(session) then
    session.id = all[i]
    table.insert(found, session)
  elseif id then
    browsers[id] = all[i + 1]:match('^%d+ %d+ (.*)$')
  end
end
table.sort(found, function(a, b) return a.rotated > b.rotated or (a.rotated == b.rotated and a.id > b.id) end)
local answer = {}
for _, session in ipairs(found) do
  for _, each in ipairs({ session.id, string.format('%d', session.created), string.format('%d', session.rotated),
    browsers[session.id] or '' }) do table.insert(answer, each) end
end
return answer
