"""The fixtures: what callers ask in their own language, and what vendors answer in theirs."""

from pathlib import Path
from typing import Final

import msgspec

from waystation.dialects import codecs
from waystation.dialects.codec import NOWHERE, ChatHub, Place
from waystation.wire.dialect import Dialect

FOLDER: Final = Path(__file__).parent / "fixtures"
LANGUAGES: Final[tuple[Dialect, ...]] = ("openai.chat", "openai.responses", "anthropic.messages", "gemini.generate")

# One answer is all that a caller can ask for in these.
ONE_CHOICE: Final[frozenset[Dialect]] = frozenset(("openai.responses", "anthropic.messages"))

_CODECS: Final = codecs()
_NAMED: Final[dict[str, Dialect]] = {language.replace(".", "_"): language for language in LANGUAGES}


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one caller asks.

    `replies` and `streams` name vendors' answers to it, by language: what this caller gets of them stands in its
    cells. `place` is what the path says, in languages that name the model there; `models` the vendors' own names of
    the model, where a family has its quirks.
    """

    about: str
    request: msgspec.Raw
    place: Place = NOWHERE
    models: dict[Dialect, str] = {}
    replies: dict[Dialect, str] = {}
    streams: dict[Dialect, str] = {}

    @property
    def body(self) -> bytes:
        return _line(bytes(self.request))


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`data` is a JSON object, or text such as [DONE]."""

    data: msgspec.Raw
    event: str = ""

    def encoded(self) -> bytes:
        data = bytes(self.data)
        line = msgspec.json.decode(data, type=str).encode() if data.startswith(b'"') else _line(data)
        name = f"event: {self.event}\n".encode() if self.event else b""
        return name + b"data: " + line + b"\n\n"


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one vendor answers, plain and streamed: the same text, calls, end and usage."""

    about: str
    reply: msgspec.Raw
    stream: tuple[Event, ...]

    @property
    def body(self) -> bytes:
        return _line(bytes(self.reply))

    @property
    def streamed(self) -> bytes:
        return b"".join(event.encoded() for event in self.stream)

    def fits(self, caller: Dialect) -> bool:
        """Whether a caller of this language can have asked for it."""
        return caller not in ONE_CHOICE or bytes(self.reply).count(b'"finish') < 2


Named = tuple[Dialect, str]


def hub(language: Dialect) -> ChatHub:
    found = _CODECS[language].chat
    assert found is not None
    return found


def folder_of(language: Dialect) -> str:
    return language.replace(".", "_")


def requests() -> dict[Named, Request]:
    return {named: msgspec.json.decode(path.read_bytes(), type=Request) for named, path in _paths(FOLDER)}


def answers() -> dict[Named, Answer]:
    return {named: msgspec.json.decode(path.read_bytes(), type=Answer) for named, path in _paths(FOLDER / "replies")}


def _paths(folder: Path) -> list[tuple[Named, Path]]:
    return [((_NAMED[path.parent.name], path.stem), path) for path in sorted(folder.glob("*_*/*.json"))]


def _line(json: bytes) -> bytes:
    return msgspec.json.format(json, indent=-1)
