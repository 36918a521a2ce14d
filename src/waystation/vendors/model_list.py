"""A vendor's list of its models, in whichever of the few known forms it comes.

OpenAI and those like it: `data`, each with an `id`. Anthropic: the same in pages, `has_more` and `last_id`
(platform.claude.com/docs/en/api/models-list). Gemini: `models`, each with a `name` below "models/", and
`nextPageToken` (ai.google.dev/api/models). Cohere: `models` with a `name`, and `next_page_token`
(docs.cohere.com/reference/list-models). Together: a bare array (docs.together.ai/reference/models). As of 2026-11.
"""

from typing import Final
from urllib.parse import quote

import msgspec

NAME_CHARS_MAX: Final = 256


class Offered(msgspec.Struct, frozen=True):
    """A model's name at its vendor, and the most tokens of output that the vendor says it has."""

    name: str
    output_tokens: int | None = None


class Page(msgspec.Struct, frozen=True):
    """`more`: what is added to the query for the next one; None: there is none."""

    models: tuple[Offered, ...]
    more: str | None = None


class _Entry(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    output_tokens: int | None = msgspec.field(default=None, name="outputTokenLimit")


class _List(msgspec.Struct):
    data: list[_Entry] | None = None
    models: list[_Entry] | None = None
    has_more: bool | None = None
    last_id: str | None = None
    gemini_more: str | None = msgspec.field(default=None, name="nextPageToken")
    cohere_more: str | None = msgspec.field(default=None, name="next_page_token")


_LIST: Final = msgspec.json.Decoder(_List | list[_Entry])


def read_page(body: bytes) -> Page:
    """Raises: ValueError if it is no list of models."""
    try:
        read = _LIST.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("it is no list of models in a known form") from error
    if isinstance(read, list):
        return Page(_offered(read))
    entries = read.data if read.data is not None else read.models
    if entries is None:
        raise ValueError("it is no list of models in a known form")
    return Page(_offered(entries), _more(read))


def _offered(entries: list[_Entry]) -> tuple[Offered, ...]:
    found = {}
    for entry in entries:
        name = (entry.id or entry.name or "").removeprefix("models/")
        if 0 < len(name) <= NAME_CHARS_MAX and name.isprintable():
            found[name] = Offered(name, entry.output_tokens)
    return tuple(found.values())


def _more(read: _List) -> str | None:
    if read.has_more and read.last_id:
        return f"after_id={quote(read.last_id, safe='')}"
    if read.gemini_more:
        return f"pageToken={quote(read.gemini_more, safe='')}"
    if read.cohere_more:
        return f"page_token={quote(read.cohere_more, safe='')}"
    return None
