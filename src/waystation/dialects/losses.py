"""The losses of one encoding, as they are found."""

from typing import Final

from waystation.wire.chat import Extras
from waystation.wire.dialect import Dialect
from waystation.wire.loss import Loss

NAME_MAX = 64  # of a member that only the caller knows, lest a text gets into the call record as a name
LOSSES_MAX = 64  # in one call record; a request that loses more has told enough

# Members without which the request would mean something else: what the prompt is, and what the answer is made of.
_GRAVE: Final = frozenset(
    ("audio", "cachedContent", "container", "mcp_servers", "modalities", "responseModalities", "web_search_options")
)
_TEXT_ONLY: Final = (b'["text"]', b'["TEXT"]')


class Losses:
    """`source` and `target` are the languages of the request and of the vendor."""

    __slots__ = ("_found", "_grave", "source", "target")

    def __init__(self, source: Dialect, target: Dialect) -> None:
        self.source = source
        self.target = target
        self._grave = False
        self._found: dict[str, Loss] = {}

    def note(self, field: str, reason: str, *, grave: bool = False) -> None:
        """One loss per field: the first, unless a later one is graver. The first grave one always has room."""
        before = self._found.get(field)
        room = len(self._found) < LOSSES_MAX or (grave and not self._grave)
        self._grave = self._grave or grave
        if room and (before is None or (grave and not before.grave)):
            self._found[field] = Loss(field, reason, grave)

    def keep(self, path: str, extras: Extras) -> Extras:
        """The extras that the target understands: all of them in the same language, else none, each a loss."""
        if self.source == self.target:
            return extras
        for extra in extras:
            name = extra[:NAME_MAX]
            grave = name.rpartition(".")[2] in _GRAVE and bytes(extras[extra]) not in _TEXT_ONLY
            self.note(f"{path}.{name}" if path else name, f"{self.target} has no such member", grave=grave)
        return {}

    def found(self) -> tuple[Loss, ...]:
        return tuple(self._found.values())
