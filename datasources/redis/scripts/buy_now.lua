-- Sells the lot at its buy-now price and ends it.
-- ARGV: bidder, profile, key
-- Returns {'missing'} | {'conflict'} | {'judged', journalled, replayed, answer, epoch, newest sequence}
local bidder, profile, key = ARGV[1], ARGV[2], ARGV[3]
local slot = bidder .. ':' .. key
local fingerprint = 'buy|'

local lot = read_lot()
if not lot then return { 'missing' } end
local function judged(is_replayed, said)
  return { 'judged', lot.journalled, is_replayed, said, lot.epoch, int(lot.seq) }
end

local kept = redis.call('HGET', ANSWERS, slot)
if kept then
  if string.sub(kept, 1, #fingerprint) ~= fingerprint then return { 'conflict' } end
  return judged('1', string.sub(kept, #fingerprint + 1))
end

local now = now_ms()
local function refuse(code, is_kept)
  local said = answer(code, now, minimum_for(lot, bidder), nil, nil)
  if is_kept then redis.call('HSET', ANSWERS, slot, fingerprint .. said) end
  return judged('0', said)
end

local standing = redis.call('HGET', BIDDERS, bidder)
local closed = gate(lot, profile, now, standing)
if closed then return refuse(closed) end
local is_offered = lot.buy_now and lot.buy_now > (lot.price or 0)
  and (lot.bids == 0 or (lot.buy_now_until == 'reserve-met' and reserve_status(lot) == 'not-met'))
if not is_offered then return refuse('NOT_OFFERED') end
if is_over_limit(standing, lot.buy_now) then return refuse('OVER_LIMIT', true) end

local leader = lot.leader
lot.phase, lot.price, lot.leader, lot.max = 'closing', lot.buy_now, bidder, lot.buy_now
lot.bids, lot.seq, lot.ends = lot.bids + 1, lot.seq + 1, now
write_lot(lot)
redis.call('ZADD', TOP, 'GT', int(lot.buy_now), bidder)
local line = append(lot, 'bought', now, { bidder = bidder, max = lot.buy_now, exact = '1', key = key,
  previous_leader = leader })
local said = answer('bought', now, nil, lot.buy_now, line)
redis.call('HSET', ANSWERS, slot, fingerprint .. said)
return judged('0', said)
