-- include chat.conversations
-- Save a conversation; update its place in the index, its summary, the stats and the active day.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, title ('' for none), tags (JSON list), request key ('' for none), request digest,
--   then for each message its id and its JSON
-- Returns {'applied'|'duplicate', title, tags, message count, savedAt, bytes stored}, {'gone'} if the user was erased
--   or the conversation deleted, {'conflict'} if the same request key came with another body before.
-- Appends only messages whose id is new. The newer title and tags win; createdAt is the earliest seen.
local at, id, title, tags = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
local request, digest = ARGV[6], ARGV[7]
local request_field = 'request:' .. request

if conversations.are_gone(at, id) then return { 'gone' } end
if request ~= '' then
  local had = redis.call('HGET', conversation_key, request_field)
  if had and had ~= digest then return { 'conflict' } end
  redis.call('HSET', conversation_key, request_field, digest)
end
local appended = conversations.append(at, 8)
local now = conversations.settle(at, id, { title = title ~= '' and title or nil, tags = tags })
return { (appended > 0 or now.is_changed) and 'applied' or 'duplicate', now.title, now.tags, now.count, clock.iso(at),
  now.bytes }
