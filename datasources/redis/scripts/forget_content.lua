-- Notes when tags changed, or with no tags that everything did, and the place in the stream of events.
-- KEYS: when everything was forgotten, the place. ARGV: the place, seconds that notes must live, names of tags.
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000000 + clock[2])
if #ARGV == 2 then
  redis.call('SET', KEYS[1], now)
end
for at = 3, #ARGV do
  redis.call('SET', ARGV[at], now, 'EX', ARGV[2])
end
if ARGV[1] ~= '' then
  redis.call('SET', KEYS[2], ARGV[1])
end
