"""What a language of vendors is to the rest of the double: the seam that every language implements."""

from collections.abc import Iterable
from typing import Protocol

from waystation.demo.answer import Headers
from waystation.demo.ask import ChatAsk
from waystation.demo.forms import Form
from waystation.demo.refusals import Refusal
from waystation.demo.replies import Reply, Wire
from waystation.demo.request import Request
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage


class Spoken(Protocol):
    """One call as it was read. `ask` says it in the words of chat, so that every language is answered alike."""

    @property
    def ask(self) -> ChatAsk: ...

    @property
    def form(self) -> Form:
        """Of its stream, if it is to be one."""

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:
        """Ids end with the suffix."""

    def plain(self, reply: Reply) -> Wire: ...

    def events(self, reply: Reply) -> Iterable[Wire]: ...

    def keep(self, reply: Reply) -> None:
        """Called once the model has run: what is asked for later is put aside."""


class Language(Protocol):
    @property
    def json_type(self) -> str:
        """The content type of plain answers and errors."""

    @property
    def usage_at(self) -> tuple[tuple[str, ...], ...]:
        """Where payloads tell usage: the names on the way to it."""

    def key(self, request: Request) -> str: ...

    def read(self, request: Request) -> Spoken:
        """Raises Refused."""

    def headers(self, request_id: str, own_ms: int, *, exhausted: bool) -> Headers:
        """`exhausted` when a limit has been reached."""

    def error(self, refusal: Refusal, request_id: str) -> bytes: ...

    def error_event(self, refusal: Refusal, request_id: str, number: int) -> Wire:
        """An error in a stream, after so many events."""

    def usage(self, usage: Usage) -> Wire: ...

    def wrong_key(self, key: str) -> Refusal:
        """Also for none."""
