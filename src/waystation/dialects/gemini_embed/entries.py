"""The requests of a body, whether it holds many or is one, and their members in either spelling.

The API reads camelCase and snake_case alike (protobuf's JSON); newer bodies may have some members in an
`embedContentConfig` (ai.google.dev/api/embeddings, 2026-11).
"""

from typing import Final

import msgspec

from waystation.dialects.codec import Place
from waystation.dialects.gemini_embed.place import ONE
from waystation.dialects.table import Table
from waystation.wire.chat import Extras
from waystation.wire.errors import BadRequest

_CONFIG: Final = ("embedContentConfig", "embed_content_config")


class Body:
    """`entries` are the requests in it; `rest` are the other members. Raises: BadRequest."""

    __slots__ = ("entries", "rest", "single")

    def __init__(self, body: bytes, place: Place) -> None:
        table = Table(body.removeprefix(b"\xef\xbb\xbf"))
        self.single = place.verb == ONE
        if self.single:
            self.entries = [table]
        else:
            self.entries = table.tables("requests")
        if not self.entries:
            table.wrong("requests", "an array with at least one request")
        for entry in self.entries:
            if "content" not in entry:
                entry.wrong("content", "given")
        table.raw("model")  # the path says it
        self.rest: Extras = {} if self.single else table.left()


class Entry:
    """One request for a vector. Raises: BadRequest."""

    __slots__ = ("dimensions", "extras", "task", "text", "title")

    def __init__(self, table: Table) -> None:
        table.raw("model")
        config = table.table(_CONFIG[0]) or table.table(_CONFIG[1])
        tables = [table] if config is None else [table, config]
        self.text = _text(table)
        self.task = _word(tables, "taskType", "task_type")
        self.title = _word(tables, "title")
        self.dimensions = _count(tables)
        left = dict(table.left())
        if config is not None and (more := config.left()):
            left[_CONFIG[0]] = msgspec.Raw(msgspec.json.encode(dict(more)))
        self.extras: Extras = left


def _text(table: Table) -> str:
    """Of several parts one vector is made, so they are one text."""
    content = table.need("content", table.table("content"))
    texts = []
    for part in content.tables("parts"):
        text = part.text("text")
        if text is None:
            raise BadRequest(f"{part.path!r} is not text, which is all that can be embedded here.", param=part.path)
        texts.append(text)
    if not texts:
        content.wrong("parts", "an array with at least one part")
    return "\n".join(texts)


def _word(tables: list[Table], *names: str) -> str | None:
    found = [table.text(name) for table in tables for name in names]
    return next((word for word in found if word is not None), None)


def _count(tables: list[Table]) -> int | None:
    for table in tables:
        for name in ("outputDimensionality", "output_dimensionality"):
            count = table.whole(name)
            if count is not None:
                if count < 1:
                    table.wrong(name, "a whole number above 0")
                return count
    return None
