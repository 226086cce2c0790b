-- Forgets counters whose record changed and leaves a touch behind, so that nothing read before the change is kept.
-- KEYS: the stream of changes, then the counters of each listing.
-- ARGV: a token never used before, seconds to keep it, then per listing its id and the expected "likes favourites";
--       counters that already show what is expected stay, '' expects nothing.
-- Reply: how many counters were forgotten or touched.
local touched = 0
for index = 2, #KEYS do
  local key = KEYS[index]
  local here = redis.call('HMGET', key, 'likes', 'favourites')
  local is_as_expected = here[1] and (here[1] .. ' ' .. here[2]) == ARGV[2 * index]
  if not is_as_expected then
    redis.call('DEL', key)
    redis.call('HSET', key, 'touch', ARGV[1])
    redis.call('EXPIRE', key, ARGV[2])
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', 'e', ARGV[2 * index - 1])
    touched = touched + 1
  end
end
return touched
