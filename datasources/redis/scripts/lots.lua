-- What every decision about a lot shares. All keys of a lot carry its id as hash tag, so they live on one cluster node.
-- The rules are those of domain/lots.py and domain/bids.py; a property test holds the two equal.
-- The last argument of every script is the run of the server that the caller is connected to.
local STATE, PENDING, ANSWERS, BIDDERS, TOP, EVENTS = unpack(KEYS)

-- Lua prints large numbers as 1e+15; amounts and times are whole and exact up to 2^53.
local function int(number)
  return number and string.format('%.0f', number) or ''
end

local function read_lot()
  local v = redis.call('HMGET', STATE, 'phase', 'epoch', 'seq', 'journalled', 'price', 'leader', 'max', 'reserve',
    'bids', 'ends', 'cap', 'paused', 'starts', 'currency', 'seller', 'start_price', 'buy_now', 'buy_now_until',
    'rows', 'window', 'extension', 'kind', 'tip', 'run')
  -- What a server brought back from its file may be older than what was answered: only its own words count.
  if not v[1] or v[24] ~= ARGV[#ARGV] then return nil end
  local leader = v[6]
  if leader == '' then leader = nil end
  return {
    phase = v[1], epoch = v[2], seq = tonumber(v[3]), journalled = v[4], price = tonumber(v[5]), leader = leader,
    max = tonumber(v[7]), reserve = tonumber(v[8]), bids = tonumber(v[9]), ends = tonumber(v[10]),
    cap = tonumber(v[11]), paused = tonumber(v[12]), starts = tonumber(v[13]), currency = v[14], seller = v[15],
    start_price = tonumber(v[16]), buy_now = tonumber(v[17]), buy_now_until = v[18], rows = v[19],
    window = tonumber(v[20]), extension = tonumber(v[21]), kind = v[22], tip = v[23],
  }
end

local function write_lot(lot)
  redis.call('HSET', STATE, 'phase', lot.phase, 'seq', int(lot.seq), 'price', int(lot.price),
    'leader', lot.leader or '', 'max', int(lot.max), 'reserve', int(lot.reserve), 'bids', int(lot.bids),
    'ends', int(lot.ends), 'cap', int(lot.cap), 'paused', int(lot.paused))
end

-- rows: "from,step;from,step;..." in rising order, the first from zero
local function next_minimum(lot, price)
  local step = 0
  for from, size in string.gmatch(lot.rows, '(%d+),(%d+)') do
    if tonumber(from) > price then break end
    step = tonumber(size)
  end
  return price + step
end

local function minimum_for(lot, bidder)
  if not lot.price or not lot.max then return lot.start_price end
  if bidder == lot.leader then return lot.max + 1 end
  return next_minimum(lot, lot.price)
end

local function reserve_status(lot)
  if not lot.reserve then return 'none' end
  return lot.price and lot.price >= lot.reserve and 'met' or 'not-met'
end

local function lift_to_reserve(lot)
  if lot.reserve and lot.price and lot.max and lot.max >= lot.reserve and lot.price < lot.reserve then
    lot.price = lot.reserve
  end
end

local function resolve(lot, bidder, offer, is_exact)
  local before = lot.price or 0
  if not lot.max or not lot.price then
    lot.price, lot.leader, lot.max = is_exact and offer or lot.start_price, bidder, offer
  elseif bidder == lot.leader then
    if is_exact and offer > lot.max then lot.price = offer end
    lot.max = math.max(offer, lot.max)
  elseif offer > lot.max then
    lot.price = is_exact and offer or math.min(offer, next_minimum(lot, lot.max))
    lot.leader, lot.max = bidder, offer
  else
    lot.price = math.min(lot.max, next_minimum(lot, offer))
  end
  lot.price = math.max(lot.price, before)
  lot.bids = lot.bids + 1
  lift_to_reserve(lot)
end

-- Why this lot takes nothing from this person now, or nil; `standing` is "registered,<limit>" and the like.
local function gate(lot, profile, now, standing)
  if profile ~= '' and profile == lot.seller then return 'SELLER' end
  if lot.phase == 'paused' or lot.phase == 'cancelled' or now < lot.starts then return 'NOT_OPEN' end
  if lot.phase ~= 'open' or now >= lot.ends then return 'ENDED' end
  if not standing then return 'NOT_REGISTERED' end
  if string.sub(standing, 1, 6) == 'banned' then return 'BANNED' end
  if string.sub(standing, 1, 16) == 'deposit-required' then return 'DEPOSIT_REQUIRED' end
  return nil
end

local function is_over_limit(standing, amount)
  local limit = tonumber(string.match(standing, ',(%d+)$'))
  return limit ~= nil and amount > limit
end

-- Writes one line of the log; it stays pending until the journal in the database has it.
local function append(lot, kind, now, fields)
  local line = table.concat({
    int(lot.seq), lot.epoch, kind, int(now), fields.bidder or '', int(fields.max), fields.exact or '0',
    fields.key or '', int(lot.price), lot.leader or '', fields.previous_leader or '', int(lot.ends),
    reserve_status(lot), int(lot.bids), lot.tip, fields.detail or '',
  }, '|')
  redis.call('HSET', STATE, 'tip', int(now) .. ':' .. (fields.bidder or ''))
  redis.call('XADD', PENDING, int(lot.seq) .. '-0', 'e', line)
  return line
end

-- What a bidder is told: kept under the key, so that the same call gets the same answer.
local function answer(outcome, now, minimum, my_max, line)
  return table.concat({ outcome, int(now), int(minimum), int(my_max), line or '' }, '|')
end
