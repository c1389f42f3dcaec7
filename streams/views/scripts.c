/* scripts.c - what Redis does with a batch, and what it says when it is asked, in its own language. */
#include "streams/views/scripts.h"

/* ARGV: the key that holds our token, the token; then operations of five words, the last of which is when the key goes (0:
 * never). Who is forgotten ("forgotten:<user>") has no list ("orders:<user>"). Redis runs it as a whole; where it fails the positions, which come last, are not moved. */
const char batch_script[] =
    "if redis.call('GET', ARGV[1]) ~= ARGV[2] then return 'lost' end\n"
    "local function stays(key, till)\n"
    "  if till == '0' then redis.call('PERSIST', key)\n"
    "  elseif tonumber(till) > redis.call('PEXPIRETIME', key) then redis.call('PEXPIREAT', key, till) end\n"
    "end\n"
    "for i = 3, #ARGV, 5 do\n"
    "  local op, key, a, b, till = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]\n"
    "  if op == 'cart' then\n"
    "    local held = redis.call('HGET', key, 'version')\n"
    "    if not held or tonumber(a) > tonumber(held) then\n"
    "      redis.call('HSET', key, 'version', a, 'value', b)\n"
    "      redis.call('PUBLISH', key, b)\n"
    "      stays(key, till)\n"
    "    end\n"
    "  elseif op == 'list' then\n"
    "    if redis.call('EXISTS', 'forgotten:' .. string.sub(key, 8)) == 0 then\n"
    "      redis.call('ZADD', key, 'NX', b, a)\n"
    "      if till ~= '0' then redis.call('ZREMRANGEBYSCORE', key, '-inf', 2 * b - till) end\n"
    "      stays(key, till)\n"
    "    end\n"
    "  elseif op == 'forget' then\n"
    "    redis.call('SET', key, '1')\n"
    "    redis.call('DEL', a)\n"
    "  elseif op == 'event' then\n"
    "    if redis.call('HSETNX', key, a, b) == 1 then redis.call('PUBLISH', key, a .. ' ' .. b) end\n"
    "    stays(key, till)\n"
    "  elseif op == 'position' then\n"
    "    redis.call('HSET', 'views:positions', key, a)\n"
    "  elseif op == 'mark' then\n"
    "    redis.call('SET', 'views:mark', ARGV[2])\n"
    "    redis.call('DEL', 'views:rebuilding')\n"
    "  end\n"
    "end\n"
    "return 'kept'\n";

/* ARGV: a token for the case that there is none. The mark and the positions when the views are whole, otherwise only the
 * token under which they are being written: another's, perhaps, who writes the same. */
const char ask_script[] = "local mark = redis.call('GET', 'views:mark')\n"
                          "if mark then return {mark, redis.call('HGETALL', 'views:positions')} end\n"
                          "redis.call('DEL', 'views:positions')\n"
                          "redis.call('SETNX', 'views:rebuilding', ARGV[1])\n"
                          "return {redis.call('GET', 'views:rebuilding')}\n";
