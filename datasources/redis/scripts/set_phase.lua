-- Pauses or resumes a lot, or cancels it. Bidders lose no time: resuming moves the end and its cap by the time paused.
-- ARGV: wanted (paused | resumed | cancelled), detail (JSON)
-- Returns {'missing'} | {'wrong-phase', phase} | {'done', journalled, line}
local lot = read_lot()
if not lot then return { 'missing' } end
local now, wanted = now_ms(), ARGV[1]
local is_running = lot.phase == 'open' and now < lot.ends
if wanted == 'paused' and is_running then
  lot.phase, lot.paused = 'paused', now
elseif wanted == 'resumed' and lot.phase == 'paused' then
  local pause = now - lot.paused
  lot.phase, lot.paused, lot.ends, lot.cap = 'open', nil, lot.ends + pause, lot.cap + pause
elseif wanted == 'cancelled' and (is_running or lot.phase == 'paused') then
  lot.phase, lot.paused = 'cancelled', nil
else
  return { 'wrong-phase', is_running and 'open' or (lot.phase == 'open' and 'ended' or lot.phase) }
end
lot.seq = lot.seq + 1
write_lot(lot)
return { 'done', lot.journalled, append(lot, wanted, now, { detail = ARGV[2] }) }
