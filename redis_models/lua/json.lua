-- Fragment: JSON. Does not use cjson.encode, which differs between implementations.
local json = {}

-- Return the text as a JSON string.
function json.quoted(text)
  local escaped = text:gsub('[%z\1-\31"\\]', function(character) return string.format('\\u%04x', character:byte()) end)
  return '"' .. escaped .. '"'
end
