"""The part of a codec whose answers always come whole, as those of embeddings do."""

from typing import NoReturn

from waystation.dialects.codec import Ask, ChatHub
from waystation.wire.errors import BadRequest


def refuse_stream() -> NoReturn:
    """Raises: BadRequest."""
    raise BadRequest("Embeddings are not streamed: leave 'stream' out.", param="stream")


class Streamless:
    """There is no stream to read, to keep alive or to end with an error."""

    keep_alive: bytes = b""
    headers: tuple[bytes, ...] = ()
    chat: ChatHub | None = None

    def reader(self, ask: Ask) -> NoReturn:
        refuse_stream()
