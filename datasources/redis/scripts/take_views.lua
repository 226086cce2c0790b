-- Moves waiting views aside as the one batch in flight; a batch that a crash left there is given out again.
-- KEYS: waiting views, views in flight.  ARGV: id for a new batch, most listings in it.
-- Reply: the batch as a flat list of fields and values with its id in '#batch'; empty when nothing waits.
if redis.call('EXISTS', KEYS[2]) == 0 then
  local waiting = redis.call('HLEN', KEYS[1])
  if waiting == 0 then
    return {}
  elseif waiting <= tonumber(ARGV[2]) then
    redis.call('RENAME', KEYS[1], KEYS[2])
  else
    local some = redis.call('HRANDFIELD', KEYS[1], ARGV[2], 'WITHVALUES')
    for index = 1, #some, 2 do
      redis.call('HDEL', KEYS[1], some[index])
      redis.call('HSET', KEYS[2], some[index], some[index + 1])
    end
  end
  redis.call('HSET', KEYS[2], '#batch', ARGV[1])
end
return redis.call('HGETALL', KEYS[2])
