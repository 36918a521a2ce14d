-- What gateways tell each other of their keys. Runs whole, or not at all.
--
-- KEYS[1] is the prefix. ARGV: the gateway, and in msgpack what it tells: {field, wait in ms, what it says} each.
-- The answer, in msgpack, is all that is known if it tells nothing: {field, wait in ms, what it says, who said it} each.
--
--   prefix:keys   hash      field -> {until (ms), what is said, who said it}, in msgpack
--   prefix:keys   channel   {who says it, what it tells}, in the order in which the hash came to be

local FORGET_MS = 24 * 3600 * 1000 -- after its end; who is benched longer has been told so again
local known = KEYS[1] .. ':keys'
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local told = cmsgpack.unpack(ARGV[2])

if #told > 0 then
  for _, one in ipairs(told) do
    redis.call('HSET', known, one[1], cmsgpack.pack({now_ms + one[2], one[3], ARGV[1]}))
  end
  redis.call('PUBLISH', known, cmsgpack.pack({ARGV[1], told}))
  return cmsgpack.pack({})
end

local answer, all = {}, redis.call('HGETALL', known)
for place = 1, #all, 2 do
  local one = cmsgpack.unpack(all[place + 1])
  if one[1] < now_ms - FORGET_MS then
    redis.call('HDEL', known, all[place])
  else
    answer[#answer + 1] = {all[place], one[1] - now_ms, one[2], one[3]}
  end
end
return cmsgpack.pack(answer)
