-- include chat.conversations
-- Save a conversation: itself, its place in the index, its summary, the stats and the active day.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, title ('' for none), tags (JSON list), request key ('' for none), request digest,
--   then for each message its id and its JSON
-- Returns {'applied'|'duplicate', title, tags, message count, savedAt}, {'gone'} for a deleted conversation,
--   {'conflict'} where the same request key came with another body before.
-- Only messages whose id is new are appended; the newer title and tags stand; createdAt is the earliest seen.
local at, id, title, tags = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
local request_field, digest = 'request:' .. ARGV[6], ARGV[7]

if conversations.are_gone(at, id) then return { 'gone' } end
if ARGV[6] ~= '' then
  local had = redis.call('HGET', KEYS[7], request_field)
  if had and had ~= digest then return { 'conflict' } end
  redis.call('HSET', KEYS[7], request_field, digest)
end
local appended = conversations.append(8)
local now = conversations.settle(at, id, { title = title ~= '' and title or nil, tags = tags })
return { (appended > 0 or now.is_changed) and 'applied' or 'duplicate', now.title, now.tags, now.count, clock.iso(at) }
