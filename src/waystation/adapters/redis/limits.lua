-- Limits of many gateways: what `limits/` says of one process, in one place for all. Runs whole, or not at all.
--
-- KEYS[1] is the prefix, with a hash tag: all of a call's limits lie in one slot. ARGV: the gateway's run, and its
-- orders in msgpack. The answer is one for each order, in msgpack; nil if nobody knows the run: it says hello first.
--
--   prefix:runs         zset   run -> when it counts as dead (ms), unless it shows itself before
--   prefix:slots        hash   limit -> calls under way
--   prefix:held:RUN     hash   limit -> those of them that are this run's
--   prefix:waits:RUN    hash   who waits of this run -> in which limit's queue
--   prefix:queue:LIMIT  zset   who waits -> since when (us)
--   prefix:rate:LIMIT   hash   t: the tick that it's true for, r and k: requests and tokens taken in the window before;
--                              TICK and TICKk: those taken in that tick
--   prefix:ticks:LIMIT  list   the ticks in which something was taken, the oldest first
--
-- Time is this server's own. A limit is {id, rpm, tpm, concurrency, queue}; what is -1 is not limited, and not counted.

local WINDOW, NEVER, CHUNK, WAKE_MAX, DEAD_MAX = 600, 1200, 50, 16, 10
local KEEP_S = 70 -- a little longer than a window
local ID, RPM, TPM, SLOTS, QUEUE = 1, 2, 3, 4, 5
local HELLO, ENTER, LEAVE, QUIT, BEAT, BYE = 0, 1, 2, 3, 4, 5

local base, run = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now_ms = math.floor(now_us / 1000)
local tick = math.floor(now_ms / 100)
local runs, slots = base .. ':runs', base .. ':slots'

-- Numbers as Redis takes them: Lua's own would be written as 1.79e+10.
local function whole(number) return string.format('%.0f', number) end
local function at(what, id) return base .. ':' .. what .. ':' .. id end

local gauges, taken, to_wake = {}, {}, {}

-- The rate of a limit, rolled on to now.
local function gauge(id)
  local one = gauges[id]
  if one then return one end
  local rate, ticks = at('rate', id), at('ticks', id)
  local head = redis.call('HMGET', rate, 't', 'r', 'k')
  local t = tonumber(head[1] or 0)
  if t > tick + WINDOW then -- the clock was set back by more than anybody should wait
    redis.call('DEL', rate, ticks)
    head, t = {}, 0
  end
  one = {tick = math.max(t, tick), r = tonumber(head[2] or 0), k = tonumber(head[3] or 0), cr = 0, ck = 0}
  if t < tick then
    local first = redis.call('LINDEX', ticks, 0)
    while first and tonumber(first) < tick - WINDOW do
      local cell = redis.call('HMGET', rate, first, first .. 'k')
      one.r, one.k = one.r - (cell[1] or 0), one.k - (cell[2] or 0)
      redis.call('HDEL', rate, first, first .. 'k')
      redis.call('LPOP', ticks)
      first, one.dirty = redis.call('LINDEX', ticks, 0), true
    end
    one.fresh = true
  else
    local cell = redis.call('HMGET', rate, whole(one.tick), whole(one.tick) .. 'k')
    one.fresh, one.cr, one.ck = not cell[1], tonumber(cell[1] or 0), tonumber(cell[2] or 0)
  end
  gauges[id] = one
  return one
end

-- Calls under way by a limit, and by how many that has changed.
local function places(id)
  local one = taken[id]
  if not one then
    one = {n = tonumber(redis.call('HGET', slots, id) or 0), change = 0}
    taken[id] = one
  end
  return one
end

local function charge(id, requests, tokens)
  local one = gauge(id)
  one.r, one.k, one.cr, one.ck, one.dirty = one.r + requests, one.k + tokens, one.cr + requests, one.ck + tokens, true
end

local function give_back(id, when, requests, tokens)
  local one = gauge(id)
  if when == one.tick then
    if one.cr >= requests and one.ck >= tokens then charge(id, -requests, -tokens) end
    return
  end
  local rate, cell = at('rate', id), whole(when)
  if redis.call('HEXISTS', rate, cell) == 1 then
    redis.call('HINCRBY', rate, cell, 0 - requests) -- not -0, which is no integer
    redis.call('HINCRBY', rate, cell .. 'k', 0 - tokens)
    one.r, one.k, one.dirty = one.r - requests, one.k - tokens, true
  end
end

local function write_rate(id, one)
  local rate, ticks, cell = at('rate', id), at('ticks', id), whole(one.tick)
  redis.call('HSET', rate, 't', cell, 'r', whole(one.r), 'k', whole(one.k), cell, whole(one.cr), cell .. 'k',
    whole(one.ck))
  if one.fresh then
    redis.call('RPUSH', ticks, cell)
    redis.call('EXPIRE', rate, KEEP_S)
    redis.call('EXPIRE', ticks, KEEP_S)
  end
end

local function add(key, id, change)
  if change ~= 0 and redis.call('HINCRBY', key, id, change) <= 0 then redis.call('HDEL', key, id) end
end

local function write()
  for id, one in pairs(gauges) do
    if one.dirty then write_rate(id, one) end
  end
  for id, one in pairs(taken) do
    add(slots, id, one.change)
    add(at('held', run), id, one.change)
  end
end

-- Who is first in a queue is told that it should ask again: as many as there are places.
local function wake()
  for id, limit in pairs(to_wake) do
    local free = math.min(limit - places(id).n, WAKE_MAX)
    if free > 0 then
      for _, waiter in ipairs(redis.call('ZRANGE', at('queue', id), 0, free - 1)) do
        local gate, number = string.match(waiter, '^(.*) (%d+)$')
        redis.call('PUBLISH', at('wake', gate), number)
      end
    end
  end
end

-- Places that nobody waits for: of those who wait, those who came later don't count.
local function free(limit, since)
  local id = limit[ID]
  local left = limit[SLOTS] - places(id).n
  if left < 1 then return left end
  local before = redis.call('ZCOUNT', at('queue', id), '-inf', since and '(' .. whole(since) or '+inf')
  if before > 0 and not since then to_wake[id] = limit[SLOTS] end
  return left - before
end

local function left(limit)
  local one = (limit[RPM] >= 0 or limit[TPM] >= 0) and gauge(limit[ID]) or {r = 0, k = 0}
  local requests = limit[RPM] >= 0 and limit[RPM] - one.r or math.huge
  return requests, limit[TPM] >= 0 and limit[TPM] - one.k or math.huge
end

-- In how many ticks the call fits, places aside.
local function wait(limit, tokens)
  if limit[TPM] >= 0 and tokens > limit[TPM] then return NEVER end
  local requests_left, tokens_left = left(limit)
  if requests_left >= 1 and tokens_left >= tokens then return 0 end
  local id, from = limit[ID], 0
  local rate, now = at('rate', id), gauge(id).tick
  repeat
    local ticks = redis.call('LRANGE', at('ticks', id), from, from + CHUNK - 1)
    for _, when in ipairs(ticks) do
      local cell = redis.call('HMGET', rate, when, when .. 'k')
      requests_left, tokens_left = requests_left + (cell[1] or 0), tokens_left + (cell[2] or 0)
      if requests_left >= 1 and tokens_left >= tokens then return when + WINDOW + 1 - now end
    end
    from = from + CHUNK
  until #ticks < CHUNK
  return WINDOW + 1
end

-- In how many ticks all of it is there again: requests (suffix '') or tokens ('k').
local function reset(limit, suffix, in_all, in_tick)
  if in_all <= 0 then return 0 end
  if in_tick > 0 then return WINDOW end
  local id, to = limit[ID], -1
  repeat
    local ticks = redis.call('LRANGE', at('ticks', id), to - CHUNK + 1, to)
    for place = #ticks, 1, -1 do
      if tonumber(redis.call('HGET', at('rate', id), ticks[place] .. suffix) or 0) ~= 0 then
        return math.min(ticks[place] + WINDOW + 1 - gauge(id).tick, WINDOW)
      end
    end
    to = to - CHUNK
  until #ticks < CHUNK
  return 0
end

-- The limits with the least left: place among the limits (from 0, -1: none is limited), what is left, when it's reset.
local function rates(limits, refused)
  local fewest, least, requests, tokens = -1, -1, math.huge, math.huge
  for place, limit in ipairs(limits) do
    local requests_left, tokens_left = left(limit)
    if requests_left < requests then fewest, requests = place - 1, requests_left end
    if tokens_left < tokens then least, tokens = place - 1, tokens_left end
  end
  local answer = {fewest, 0, WINDOW, least, 0, WINDOW}
  if fewest >= 0 then
    local limit = limits[fewest + 1]
    answer[2] = math.max(requests, 0)
    if refused then answer[3] = reset(limit, '', gauge(limit[ID]).r, gauge(limit[ID]).cr) end
  end
  if least >= 0 then
    local limit = limits[least + 1]
    answer[5] = math.max(tokens, 0)
    if refused then answer[6] = reset(limit, 'k', gauge(limit[ID]).k, gauge(limit[ID]).ck) end
  end
  return answer
end

-- `limit`: how many places there are, for those who wait behind.
local function quit(id, waiter, limit)
  if redis.call('ZREM', at('queue', id), waiter) == 1 then to_wake[id] = limit end
  redis.call('HDEL', at('waits', run), waiter)
end

-- Whoever refuses, after `fits` was false: {place, kind, ticks}, and whether all of them only want places.
local function refusing(limits, tokens, since)
  local found, only_places = {}, true
  for place, limit in ipairs(limits) do
    local ticks = wait(limit, tokens)
    if ticks ~= 0 then
      only_places = false
      found[#found + 1] = {place, left(limit) < 1 and ticks ~= NEVER and 'requests' or 'tokens', ticks}
    elseif limit[SLOTS] >= 0 and free(limit, since) < 1 then
      found[#found + 1] = {place, 'concurrency', 0}
    end
  end
  return found, only_places
end

-- Whether each of those queues has room for one who may be in one of them already.
local function room(limits, found, queued)
  for _, one in ipairs(found) do
    local limit = limits[one[1]]
    local others = redis.call('ZCARD', at('queue', limit[ID])) - (limit[ID] == queued and 1 or 0)
    if others >= limit[QUEUE] then return false end
  end
  return true
end

local function worst(found)
  local most = found[1]
  for _, one in ipairs(found) do
    if one[3] > most[3] then most = one end
  end
  return most
end

local function fits(limits, tokens, since)
  for _, limit in ipairs(limits) do
    local requests_left, tokens_left = left(limit)
    if requests_left < 1 or tokens_left < tokens then return false end
    if limit[SLOTS] >= 0 and free(limit, since) < 1 then return false end
  end
  return true
end

local function take(limits, tokens)
  for _, limit in ipairs(limits) do
    local requests, some = limit[RPM] >= 0 and 1 or 0, limit[TPM] >= 0 and tokens or 0
    if requests > 0 or limit[TPM] >= 0 then charge(limit[ID], requests, some) end
    if limit[SLOTS] >= 0 then
      local one = places(limit[ID])
      one.n, one.change = one.n + 1, one.change + 1
    end
  end
end

local arrivals = 0
local function arrival()
  arrivals = arrivals + 1
  return now_us + arrivals - 1
end

local function leave_queue(limits, queued, waiter)
  for _, limit in ipairs(limits) do
    if limit[ID] == queued then quit(queued, waiter, limit[SLOTS]) end
  end
end

local function queue_up(limits, place, waiter, since)
  local id = limits[place][ID]
  redis.call('ZADD', at('queue', id), whole(since), waiter)
  redis.call('HSET', at('waits', run), waiter, id)
  return {2, place - 1, since}
end

-- {ENTER, limits, tokens, who, since, in whose queue, whether it may wait}; 0 and '' for who has just come. The answer:
-- {1, tick, rates}; {2, in the queue of which limit, since}; or {0, rates, who refuses, what it counts, what is left,
-- ticks to wait}.
local function enter(order)
  local limits, tokens, waiter, queued = order[2], order[3], order[4], order[6]
  local since = order[5] > 0 and order[5] or nil
  if fits(limits, tokens, since) then
    if since then leave_queue(limits, queued, waiter) end
    take(limits, tokens)
    return {1, tick, rates(limits, false)}
  end
  local found, only_places = refusing(limits, tokens, since)
  local waits = only_places and order[7] and room(limits, found, queued)
  if since and not (waits and limits[found[1][1]][ID] == queued) then leave_queue(limits, queued, waiter) end
  if waits then return queue_up(limits, found[1][1], waiter, since or arrival()) end
  local most = worst(found)
  local limit, kind = limits[most[1]], most[2]
  local requests_left, tokens_left = left(limit)
  local rest = kind == 'requests' and requests_left or kind == 'tokens' and tokens_left
    or limit[SLOTS] - places(limit[ID]).n
  return {0, rates(limits, true), most[1] - 1, kind, math.max(rest, 0), most[3]}
end

-- {LEAVE, limits, tick of its entry, requests to give back, tokens to give back; below 0: to take besides}
local function leave(order)
  local limits, when, requests, tokens = order[2], order[3], order[4], order[5]
  for _, limit in ipairs(limits) do
    local id = limit[ID]
    local some, one = limit[TPM] >= 0 and tokens or 0, limit[RPM] >= 0 and requests or 0
    if some < 0 then charge(id, 0, -some) elseif some > 0 or one > 0 then give_back(id, when, one, some) end
    if limit[SLOTS] >= 0 then
      local place = places(id)
      place.n, place.change = math.max(place.n - 1, 0), place.change - 1
      to_wake[id] = limit[SLOTS]
    end
  end
  return {}
end

-- Forget a run: its places are free, and nobody of it waits.
local function forget(which)
  local held, waits = at('held', which), at('waits', which)
  local holds = redis.call('HGETALL', held)
  for place = 1, #holds, 2 do
    add(slots, holds[place], 0 - holds[place + 1])
    to_wake[holds[place]] = math.huge
  end
  local waiting = redis.call('HGETALL', waits)
  for place = 1, #waiting, 2 do
    redis.call('ZREM', at('queue', waiting[place + 1]), waiting[place])
    to_wake[waiting[place + 1]] = math.huge
  end
  redis.call('DEL', held, waits)
  redis.call('ZREM', runs, which)
end

-- {BEAT, for how long (ms)}: it's alive. Those who are not any more are forgotten. The answer: how many there are.
local function beat(order)
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', runs, '-inf', whole(now_ms), 'LIMIT', 0, DEAD_MAX)) do
    if dead ~= run then forget(dead) end
  end
  redis.call('ZADD', runs, whole(now_ms + order[2]), run)
  return {redis.call('ZCARD', runs)}
end

-- {HELLO, for how long, the run that it was before, limit -> its calls under way}: what it says is what counts.
local function hello(order)
  forget(order[3])
  forget(run)
  for id, count in pairs(order[4]) do
    redis.call('HINCRBY', slots, id, count)
    redis.call('HSET', at('held', run), id, count)
  end
  return beat(order)
end

-- {QUIT, in whose queue, who, how many places that has}
local function gone(order)
  quit(order[2], order[3], order[4])
  return {}
end

local function bye()
  forget(run)
  return {}
end

local DO = {[HELLO] = hello, [ENTER] = enter, [LEAVE] = leave, [QUIT] = gone, [BEAT] = beat, [BYE] = bye}
local orders, answers = cmsgpack.unpack(ARGV[2]), {}
if orders[1][1] ~= HELLO and not redis.call('ZSCORE', runs, run) then return nil end
for place, order in ipairs(orders) do
  answers[place] = DO[order[1]](order)
end
write()
wake()
return cmsgpack.pack(answers)
