-- Counts one view unless this viewer was counted within the window.
-- KEYS: the listing's counters, the viewer's mark, the views waiting to be flushed, the stream of changes.
-- ARGV: listing id, window in seconds.
-- Reply: -1 when the counters are not here; else is_counted, views, likes, favourites, waiting views, waiting listings.
if redis.call('HEXISTS', KEYS[1], 'views') == 0 then
  return {-1}
end
local is_counted, waiting = 0, 0
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then
  is_counted = 1
  redis.call('HINCRBY', KEYS[1], 'views', 1)
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'e', ARGV[1])
  waiting = redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
end
local totals = redis.call('HMGET', KEYS[1], 'views', 'likes', 'favourites')
return {is_counted, totals[1], totals[2], totals[3], waiting, redis.call('HLEN', KEYS[3])}
