"""What a vendor's error body says, whatever its shape.

The shapes: OpenAI's and Anthropic's `error`, Gemini's list of one, FastAPI's `detail`, Baidu's `error_code`, OAuth's
`error_description`, Tencent's `Response.Error`, MiniMax's `base_resp`, Spark's `header`, a JSON string (SiliconFlow),
plain text, and proxies' HTML. Sources: the vendors' own error pages, 2026-11.
"""

from collections.abc import Iterator
from typing import Final, TypeGuard

import msgspec

from waystation.dialects.codec import Complaint
from waystation.dialects.members import without_surrogates

_MESSAGE_MAX_CHARS: Final = 2_000
_WORD_MAX_CHARS: Final = 128
_BODY_MAX_BYTES: Final = 256 * 1024  # a longer body is no error message
_MESSAGE_NAMES: Final = ("message", "Message", "msg", "error_msg", "err", "status_msg", "error_description", "detail")
_CODE_NAMES: Final = ("code", "Code", "error_code", "status_code", "error")

_Table = dict[str, object]


def read_complaint(body: bytes) -> Complaint:
    """Never raises; a page of HTML and unreadable JSON have nothing to say."""
    if len(body) > _BODY_MAX_BYTES:
        return Complaint()
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    if not text.startswith(("{", "[", '"')):
        return Complaint("" if text.startswith("<") else _bounded(text))
    try:
        return complaint_of(_decode(text))
    except (msgspec.MsgspecError, RecursionError):
        return Complaint()


def complaint_of(said: object) -> Complaint:
    """The same for JSON that is decoded already."""
    if isinstance(said, list) and said:
        said = said[0]
    if isinstance(said, str):
        return Complaint(_bounded(said))
    if not _is_table(said):
        return Complaint()
    tables = list(_tables(said))
    return Complaint(
        message=_message(tables),
        type=_first(tables, ("type",)),
        code=_first(tables, _CODE_NAMES),
        param=_first(tables, ("param",)),
    )


def _decode(text: str) -> object:
    raw = text.encode()
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return msgspec.json.decode(without_surrogates(raw))


def _tables(said: _Table) -> Iterator[_Table]:
    """The objects that may hold the words, the innermost first."""
    for path in (("error",), ("response", "error"), ("Response", "Error"), ("base_resp",), ("header",)):
        table: object = said
        for name in path:
            table = table.get(name) if _is_table(table) else None
        if _is_table(table):
            yield table
    yield said


def _message(tables: list[_Table]) -> str:
    for table in tables:
        for name in _MESSAGE_NAMES:
            text = _text(table.get(name))
            if text:
                return _bounded(text)
    said = tables[-1].get("error")
    return _bounded(said) if isinstance(said, str) else ""


def _text(value: object) -> str:
    """A message, or the first one of FastAPI's list of them."""
    if isinstance(value, list) and value and _is_table(value[0]):
        value = value[0].get("msg")
    return value if isinstance(value, str) else ""


def _first(tables: list[_Table], names: tuple[str, ...]) -> str | None:
    for table in tables:
        for name in names:
            value = table.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool):
                word = _bounded(str(value), _WORD_MAX_CHARS)
                if word and " " not in word:  # Ollama's `error` is a sentence, OAuth's a code
                    return word
    return None


def _bounded(text: str, chars: int = _MESSAGE_MAX_CHARS) -> str:
    """Without control characters, so that no log line can be forged."""
    return "".join(char if char.isprintable() else " " for char in text[:chars]).strip()


def _is_table(value: object) -> TypeGuard[_Table]:
    return isinstance(value, dict)
