"""Ids of tool calls as Anthropic takes them: of letters, digits, _ and - only, and each only once in a conversation."""

import hashlib
import re
from typing import Final

_FITTING: Final = re.compile(r"[a-zA-Z0-9_-]+")


class Ids:
    """Calls and results must be asked about in their order: some vendors begin to count anew in every turn."""

    __slots__ = ("_last", "_taken")

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._taken: set[str] = set()

    def of_call(self, identity: str) -> str:
        fitting = base = _fitting(identity)
        again = 1
        while fitting in self._taken:
            again += 1
            fitting = f"{base}_{again}"
        self._taken.add(fitting)
        self._last[identity] = fitting
        return fitting

    def of_result(self, identity: str) -> str:
        """That of the last call with this id."""
        return self._last.get(identity) or _fitting(identity)


def _fitting(identity: str) -> str:
    if _FITTING.fullmatch(identity):
        return identity
    return "toolu_" + hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=12).hexdigest()
