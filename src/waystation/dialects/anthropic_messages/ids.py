"""Ids of tool calls as Anthropic takes them: of letters, digits, _ and - only, and each only once in a conversation."""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from waystation.wire.chat import Message, ToolResultPart

_FITTING: Final = re.compile(r"[a-zA-Z0-9_-]+")


class Ids:
    """Calls and results must be asked about in their order: some vendors begin to count anew in every turn.

    A result whose id no call has, as where only one of both came with any, is the first call's that no other answers.
    """

    __slots__ = ("_answered", "_last", "_taken", "_waiting")

    def __init__(self, messages: Iterable[Message]) -> None:
        parts = (part for message in messages for part in message.parts)
        self._answered = frozenset(part.call_id for part in parts if isinstance(part, ToolResultPart))
        self._last: dict[str, str] = {}
        self._taken: set[str] = set()
        self._waiting: list[str] = []

    def of_call(self, identity: str) -> str:
        fitting = base = _fitting(identity)
        again = 1
        while fitting in self._taken:
            again += 1
            fitting = f"{base}_{again}"
        self._taken.add(fitting)
        self._last[identity] = fitting
        if identity not in self._answered:
            self._waiting.append(fitting)
        return fitting

    def of_result(self, identity: str) -> str:
        """That of the last call with this id."""
        if identity in self._last:
            return self._last[identity]
        return self._waiting.pop(0) if self._waiting else _fitting(identity)


def _fitting(identity: str) -> str:
    if _FITTING.fullmatch(identity):
        return identity
    return "toolu_" + hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=12).hexdigest()
