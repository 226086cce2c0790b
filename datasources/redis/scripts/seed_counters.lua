-- Puts counters read from the record in place, with the views that the record does not hold yet.
-- Refuses (false) what was read from a record that has changed since: the caller reads again.
-- KEYS: waiting views, views in flight, last finished batch, then the counters of each listing.
-- ARGV: the batch that the reader saw, whether the record already held it,
--       then per listing: id, touch that the reader saw, views, likes, favourites, seconds to keep.
-- Reply: per listing "views likes favourites", or false.
local batch = redis.call('HGET', KEYS[2], '#batch')
local is_in_flight = batch and true or false
batch = batch or redis.call('GET', KEYS[3]) or ''
local is_applied = ARGV[2] == '1'
local is_stale = batch ~= ARGV[1] or (batch ~= '' and not is_in_flight and not is_applied)

local replies = {}
for index = 4, #KEYS do
  local at = 3 + (index - 4) * 6
  local here = redis.call('HMGET', KEYS[index], 'views', 'likes', 'favourites', 'touch')
  if here[1] then
    replies[#replies + 1] = here[1] .. ' ' .. here[2] .. ' ' .. here[3]
  elseif is_stale or (here[4] or '') ~= ARGV[at + 1] then
    replies[#replies + 1] = false
  else
    local views = tonumber(ARGV[at + 2]) + tonumber(redis.call('HGET', KEYS[1], ARGV[at]) or '0')
    if is_in_flight and not is_applied then
      views = views + tonumber(redis.call('HGET', KEYS[2], ARGV[at]) or '0')
    end
    redis.call('HSET', KEYS[index], 'views', views, 'likes', ARGV[at + 3], 'favourites', ARGV[at + 4])
    redis.call('EXPIRE', KEYS[index], ARGV[at + 5])
    replies[#replies + 1] = string.format('%d', views) .. ' ' .. ARGV[at + 3] .. ' ' .. ARGV[at + 4]
  end
end
return replies
