-- Judges one bid and, if it is taken, moves the lot.
-- ARGV: bidder, profile, offer, exact (0|1), key, currency, confirmed (0|1)
-- Returns {'missing'} | {'conflict'} | {'judged', journalled, replayed, answer, epoch, newest sequence}
local bidder, profile, offer, key = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[5]
local slot = bidder .. ':' .. key

local lot = read_lot()
if not lot then return { 'missing' } end
local function judged(is_replayed, said)
  return { 'judged', lot.journalled, is_replayed, said, lot.epoch, int(lot.seq) }
end

local exact = (ARGV[4] == '1' or lot.kind == 'live') and '1' or '0'
local fingerprint = 'bid,' .. ARGV[3] .. ',' .. exact .. ',' .. ARGV[6] .. '|'
local kept = redis.call('HGET', ANSWERS, slot)
if kept then
  if string.sub(kept, 1, #fingerprint) ~= fingerprint then return { 'conflict' } end
  return judged('1', string.sub(kept, #fingerprint + 1))
end

local now = now_ms()
local minimum = minimum_for(lot, bidder)
local function refuse(code, is_kept)
  local said = answer(code, now, minimum, nil, nil)
  if is_kept then redis.call('HSET', ANSWERS, slot, fingerprint .. said) end
  return judged('0', said)
end

if ARGV[6] ~= lot.currency then return refuse('CURRENCY') end
local standing = redis.call('HGET', BIDDERS, bidder)
local closed = gate(lot, profile, now, standing)
if closed then return refuse(closed) end
if offer < minimum then return refuse('BELOW_MINIMUM', true) end
if is_over_limit(standing, offer) then return refuse('OVER_LIMIT', true) end
if offer > 10 * minimum and ARGV[7] ~= '1' then return refuse('CONFIRM_LARGE_BID') end

local leader, price = lot.leader, lot.price
resolve(lot, bidder, offer, exact == '1')
lot.seq = lot.seq + 1
if leader ~= bidder and (lot.price ~= price or lot.leader ~= leader) and lot.ends - now <= lot.window then
  lot.ends = math.min(lot.cap, math.max(lot.ends, now + lot.extension))
end
redis.call('HSET', STATE, 'seq', int(lot.seq), 'price', int(lot.price), 'leader', lot.leader, 'max', int(lot.max),
  'bids', int(lot.bids), 'ends', int(lot.ends))
redis.call('ZADD', TOP, 'GT', int(offer), bidder)
local line = append(lot, 'bid', now, {
  bidder = bidder, max = offer, exact = exact, key = key, previous_leader = leader,
})
local outcome = lot.leader == bidder and 'leading' or 'outbid'
local said = answer(outcome, now, minimum_for(lot, bidder), offer, line)
redis.call('HSET', ANSWERS, slot, fingerprint .. said)
return judged('0', said)
