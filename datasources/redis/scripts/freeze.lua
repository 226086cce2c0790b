-- Fences a lot whose effective end has passed: nothing is taken after this. Asking again changes nothing.
-- Returns {'missing'} | {'not-due', ends} | {'frozen', journalled, seq}
local lot = read_lot()
if not lot then return { 'missing' } end
if lot.phase == 'closing' or lot.phase == 'closed' or lot.phase == 'cancelled' then
  return { 'frozen', lot.journalled, int(lot.seq) }
end
local now = now_ms()
if lot.phase ~= 'open' or now < lot.ends then return { 'not-due', int(lot.ends) } end
lot.phase, lot.seq = 'closing', lot.seq + 1
write_lot(lot)
append(lot, 'closing', now, {})
return { 'frozen', lot.journalled, int(lot.seq) }
