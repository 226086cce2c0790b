-- Forgets the batch in flight once the record holds it, unless another batch stands there by now.
-- KEYS: views in flight, last finished batch.  ARGV: batch id.
if redis.call('HGET', KEYS[1], '#batch') == ARGV[1] then
  redis.call('SET', KEYS[2], ARGV[1])
  redis.call('DEL', KEYS[1])
  return 1
end
return 0
