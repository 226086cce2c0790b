-- Takes an amount from a bucket by the generic cell rate algorithm, on the store's own clock.
-- KEYS: the bucket. ARGV: amount, units per minute, burst, units wanted beyond the amount, units given back first.
-- Reply: is_allowed, units left, milliseconds until a refused amount is there (-1: never, it is over the burst), and
-- whether the units beyond were taken too: all of them or none.
local amount, per_minute, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local beyond, back = tonumber(ARGV[4] or 0), tonumber(ARGV[5] or 0)
local interval = 60000000 / per_minute
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now) - back * interval, now)
local room = burst * interval - (arrival - now)
local wait = amount * interval - room
if wait > 0 then
  if back > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1000)
  end
  local reachable = amount <= burst and math.ceil(wait / 1000) or -1
  return {0, math.max(0, math.floor(room / interval)), reachable, 0}
end
if (amount + beyond) * interval > room then
  beyond = 0
end
local after = arrival + (amount + beyond) * interval
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
return {1, math.floor((burst * interval - (after - now)) / interval), 0, beyond > 0 and 1 or 0}
