-- Finds an answer whose tags have not changed since it was computed; one that is outdated goes.
-- KEYS: the answer, the versions of tags. Reply: body, etag, end of life in Unix seconds; or nothing.
local found = redis.call('HMGET', KEYS[1], 'mark', 'body', 'etag', 'expires_at')
if not found[1] then
  return false
end
for tag, version in pairs(cjson.decode(found[1])) do
  if tonumber(redis.call('HGET', KEYS[2], tag) or '0') ~= version then
    redis.call('DEL', KEYS[1])
    return false
  end
end
return {found[2], found[3], found[4]}
