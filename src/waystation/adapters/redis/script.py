"""A script that Redis runs, known to it by its digest."""

from hashlib import sha1
from importlib.resources import files

from redis.asyncio import Redis
from redis.exceptions import NoScriptError


class Script:
    """`name` is a file beside this one, such as limits.lua."""

    __slots__ = ("_digest", "_text")

    def __init__(self, name: str) -> None:
        self._text = files(__package__).joinpath(name).read_text(encoding="utf-8")
        self._digest = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, client: Redis, prefix: str, *arguments: str | bytes) -> bytes | None:
        """What it answers. A server that does not know it (new, or flushed) is told it. Raises: one of LOST."""
        try:
            answer: bytes | None = await client.evalsha(self._digest, 1, prefix, *arguments)
        except NoScriptError:
            answer = await client.eval(self._text, 1, prefix, *arguments)
        return answer
