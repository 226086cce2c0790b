-- Keeps a document under its hash, within the owner's daily quota and the store's size; the least recently kept goes.
-- KEYS: the document, the index by time, the owner's quota.
-- ARGV: text, seconds to live, most documents, owner's quota, the prefix of documents, the hash.
-- Reply: 1 kept, 0 over quota.
local is_new = redis.call('EXISTS', KEYS[1]) == 0
if is_new then
  if tonumber(redis.call('GET', KEYS[3]) or '0') >= tonumber(ARGV[4]) then
    return 0
  end
  redis.call('INCR', KEYS[3])
  redis.call('EXPIRE', KEYS[3], 86400, 'NX')
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], redis.call('TIME')[1], ARGV[6])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if over > 0 then
  local dropped = redis.call('ZPOPMIN', KEYS[2], over)
  for index = 1, #dropped, 2 do
    redis.call('DEL', ARGV[5] .. dropped[index])
  end
end
return 1
