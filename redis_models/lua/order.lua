-- Fragment: which of two values of one field is kept: the newer one, or of two with the same time the one whose bytes
-- are greater. The result does not depend on the order of arrival. (Lua's < compares by the server's locale.)
local order = {}

local function is_greater(text, other)
  for i = 1, math.min(#text, #other) do
    if text:byte(i) ~= other:byte(i) then return text:byte(i) > other:byte(i) end
  end
  return #text > #other
end

-- Return whether `text`, written at `at` (ms), replaces `other`, written at `other_at` (nil or false: never written).
function order.replaces(at, text, other_at, other)
  if not other_at then return true end
  if at ~= tonumber(other_at) then return at > tonumber(other_at) end
  return is_greater(text, other or '')
end
