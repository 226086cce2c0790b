-- Applies a retraction or a void whose outcome was folded from the journal, if the lot has not moved since.
-- ARGV: expected seq, kind, bidder, price, leader, leader's max, bid count, bidder's max left (or ''), detail (JSON),
--       seconds that must remain before the end, phases allowed (comma-separated)
-- Returns {'missing'} | {'moved'} | {'too-late'} | {'done', journalled, line}
local lot = read_lot()
if not lot then return { 'missing' } end
if lot.seq ~= tonumber(ARGV[1]) then return { 'moved' } end
local now = now_ms()
if not string.find(',' .. ARGV[11] .. ',', ',' .. lot.phase .. ',', 1, true) then return { 'too-late' } end
if lot.phase == 'open' and now + tonumber(ARGV[10]) * 1000 >= lot.ends then return { 'too-late' } end

local leader = lot.leader
lot.seq, lot.price, lot.max, lot.bids = lot.seq + 1, tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[7])
lot.leader = ARGV[5] ~= '' and ARGV[5] or nil
write_lot(lot)
redis.call('ZREM', TOP, ARGV[3])
if ARGV[8] ~= '' then redis.call('ZADD', TOP, ARGV[8], ARGV[3]) end
return { 'done', lot.journalled, append(lot, ARGV[2], now, { bidder = ARGV[3], previous_leader = leader,
  detail = ARGV[9] }) }
