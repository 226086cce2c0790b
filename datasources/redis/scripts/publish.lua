-- Shows journalled log lines to everybody: those up to the given sequence move from pending to the public stream.
-- Readers see the newest shown line, never the tip: what a crash can still take back stays out of sight.
-- ARGV: epoch, up to this sequence, most lines kept, the line that the journal has at that sequence
-- Returns the watermark, or -1 when the lot is missing, of another epoch, or behind its own journal.
local state = redis.call('HMGET', STATE, 'epoch', 'journalled', 'run')
if not state[1] or state[1] ~= ARGV[1] or state[3] ~= ARGV[#ARGV] then return -1 end
local from, to = tonumber(state[2]), tonumber(ARGV[2])
if to <= from then return from end
local lines = redis.call('XRANGE', PENDING, int(from + 1), int(to))
if #lines ~= to - from or lines[#lines][2][2] ~= ARGV[4] then return -1 end
for _, line in ipairs(lines) do
  redis.call('XADD', EVENTS, 'MAXLEN', '~', ARGV[3], line[1], unpack(line[2]))
end
redis.call('HSET', STATE, 'journalled', int(to), 'shown', lines[#lines][2][2])
redis.call('XTRIM', PENDING, 'MINID', int(to + 1))
return to
