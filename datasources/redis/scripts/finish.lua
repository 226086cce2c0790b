-- Shows a frozen lot's closing line, which the record already has, and lets the live state expire a day later.
-- ARGV: sequence of the closing line, the line, seconds to keep
-- Returns 1 when the line is shown (now or before), 0 when the live state is missing or not as the record says.
local lot = read_lot()
if not lot then return 0 end
local seq = tonumber(ARGV[1])
if lot.seq >= seq and lot.phase == 'closed' then return 1 end
if lot.phase ~= 'closing' or lot.seq ~= seq - 1 or tonumber(lot.journalled) ~= lot.seq then return 0 end
lot.phase, lot.seq = 'closed', seq
write_lot(lot)
redis.call('HSET', STATE, 'journalled', ARGV[1], 'shown', ARGV[2])
redis.call('XADD', EVENTS, ARGV[1] .. '-0', 'e', ARGV[2])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
return 1
