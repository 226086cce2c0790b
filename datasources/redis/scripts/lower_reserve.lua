-- Lowers or removes the reserve, at the latest a day before the end; before the first bid it may also be raised.
-- ARGV: new reserve (or '' for none), latest (milliseconds before the end), detail (JSON)
-- Returns {'missing'} | {'wrong-phase', phase} | {'too-late'} | {'not-lower'} | {'done', journalled, line}
local lot = read_lot()
if not lot then return { 'missing' } end
local now, wanted = now_ms(), tonumber(ARGV[1])
if lot.phase ~= 'open' and lot.phase ~= 'paused' then return { 'wrong-phase', lot.phase } end
if lot.ends - now <= tonumber(ARGV[2]) then return { 'too-late' } end
if not lot.reserve and lot.bids > 0 then return { 'not-lower' } end
if wanted and lot.reserve and lot.bids > 0 and wanted >= lot.reserve then return { 'not-lower' } end
lot.reserve = wanted
lift_to_reserve(lot)
lot.seq = lot.seq + 1
write_lot(lot)
return { 'done', lot.journalled, append(lot, 'reserve-lowered', now, { detail = ARGV[3] }) }
