-- Puts a lot's live state in place: at its announcement, or rebuilt from the journal with a higher epoch.
-- ARGV: epoch, number of state pairs, of answers, of bidders, of maxima, of events, most events kept; then the pairs,
--       and for each event its sequence and line. An equal or newer state of this server run is left alone.
-- Returns 1 when installed, 0 when left alone.
local present = redis.call('HMGET', STATE, 'epoch', 'run')
if present[1] and tonumber(present[1]) >= tonumber(ARGV[1]) and present[2] == ARGV[#ARGV] then return 0 end
redis.call('DEL', STATE, PENDING, ANSWERS, TOP)
local at = 8
local function each_pair(count, write)
  for _ = 1, tonumber(count) do
    write(ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
each_pair(ARGV[2], function(name, value) redis.call('HSET', STATE, name, value) end)
redis.call('HSET', STATE, 'run', ARGV[#ARGV])
each_pair(ARGV[3], function(slot, said) redis.call('HSET', ANSWERS, slot, said) end)
each_pair(ARGV[4], function(bidder, standing) redis.call('HSET', BIDDERS, bidder, standing) end)
each_pair(ARGV[5], function(bidder, most) redis.call('ZADD', TOP, most, bidder) end)
-- Lines that the public stream already has keep their place: a reader's cursor stays true over a rebuild.
local last = redis.call('XREVRANGE', EVENTS, '+', '-', 'COUNT', 1)[1]
local shown = last and tonumber(string.match(last[1], '^(%d+)')) or 0
each_pair(ARGV[6], function(seq, line)
  if tonumber(seq) > shown then redis.call('XADD', EVENTS, 'MAXLEN', '~', ARGV[7], seq .. '-0', 'e', line) end
end)
return 1
