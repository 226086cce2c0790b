-- Finds an answer of the content store that nothing was said against since it was asked for; an outdated one goes.
-- KEYS: the answer, when everything was forgotten. ARGV: what the names of tags begin with.
-- Reply: the time now in microseconds, and the answer's body where there is one.
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000000 + clock[2])
local found = redis.call('HMGET', KEYS[1], 'stamp', 'tags', 'body')
if not found[1] then
  return {now}
end
local stamp = tonumber(found[1])
local names = {KEYS[2]}
for _, tag in ipairs(cjson.decode(found[2])) do
  names[#names + 1] = ARGV[1] .. tag
end
for _, changed in ipairs(redis.call('MGET', unpack(names))) do
  if changed and tonumber(changed) >= stamp then
    redis.call('DEL', KEYS[1])
    return {now}
  end
end
return {now, found[3]}
