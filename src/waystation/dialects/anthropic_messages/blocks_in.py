"""Content blocks, in a request or in an answer, into parts."""

from collections.abc import Callable
from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.citations import annotation_of
from waystation.dialects.anthropic_messages.media import PDF, source_of
from waystation.dialects.anthropic_messages.nested import cached, left_in
from waystation.dialects.anthropic_messages.own import Told
from waystation.dialects.anthropic_messages.seals import NATIVE, placed, seal_of
from waystation.dialects.table import Table
from waystation.wire.chat import (
    AudioPart,
    Extras,
    FilePart,
    ForeignPart,
    ImagePart,
    Part,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)

_BREAK: Final = "\n\n"
_Given = TextPart | ImagePart | FilePart | AudioPart | ForeignPart


def content_of(table: Table, name: str, *, answer: bool = False, made: str = "") -> tuple[Part, ...]:
    """A string or an array of blocks. Raises: BadRequest, or BadAnswer for an `answer`.

    `made` is what the ids of calls that have none begin with; where it is empty, each must have one.
    """
    if table.opens(name) == '"':
        text = table.text(name)
        return (TextPart(text=text),) if text else ()
    path = f"{table.path}.{name}" if table.path else name
    rows = enumerate(table.rows(name))
    return placed([_part(raw, f"{path}[{at}]", f"{made}_{at}" if made else "", answer=answer) for at, raw in rows])


def _part(raw: msgspec.Raw, path: str, made: str, *, answer: bool) -> Part:
    """One of a kind that no other language has is kept as it is."""
    block = Table(raw, path, answer=answer)
    kind = block.text("type") or ""
    part: Part | None = None
    if kind == "tool_use":
        part = _tool_use(block, made)
    elif kind in _BLOCKS:
        part = _BLOCKS[kind](block)
    elif kind in _TOLD:
        part = _TOLD[kind](block, raw)
    return ForeignPart(dialect=NATIVE, kind=kind, raw=raw) if part is None else part


def _text(block: Table) -> Part:
    text, citations = block.text("text") or "", tuple(map(annotation_of, block.rows("citations")))
    cache, control = cached(block)
    return TextPart(text=text, annotations=citations, cache=cache, extras=_extras(left_in(block), control))


def _image(block: Table) -> Part | None:
    inner = block.need("source", block.table("source"))
    source = source_of(inner)
    if source is None:
        return None
    cache, control = cached(block)
    return ImagePart(source=source, cache=cache, extras=_extras(left_in(block, source=inner), control))


def _document(block: Table, raw: msgspec.Raw) -> Part | None:
    inner = block.need("source", block.table("source"))
    source = source_of(inner, PDF)
    cache, control = cached(block)
    title = block.text("title")
    if source is None:
        text = _text_within(inner)
        if text is None:
            return None
        return Told(text=_joined(title, text), cache=cache, extras=left_in(block), raw=raw)
    return FilePart(source=source, filename=title, cache=cache, extras=_extras(left_in(block, source=inner), control))


def _search_result(block: Table, raw: msgspec.Raw) -> Part | None:
    text = _text_within(block)
    if text is None:
        return None
    title, source = block.text("title"), block.text("source")
    cache, _ = cached(block)
    return Told(text=_joined(title, source, text), cache=cache, extras=left_in(block), raw=raw)


def _thinking(block: Table) -> Part:
    text, seal = block.text("thinking") or "", seal_of(block.text("signature"))
    return ThinkingPart(text=text, seal=seal, extras=left_in(block))


def _redacted(block: Table) -> Part:
    return ThinkingPart(seal=seal_of(block.text("data")), redacted=True, extras=left_in(block))


def _tool_use(block: Table, made: str) -> Part:
    identity, name = block.need("id", block.text("id") or made or None), block.need("name", block.text("name"))
    cache, control = cached(block)
    arguments = bytes(block.raw("input") or b"{}").decode("utf-8", "replace")
    extras = _extras(left_in(block), control)
    return ToolCallPart(id=identity, name=name, arguments=arguments, cache=cache, extras=extras)


def _tool_result(block: Table) -> Part:
    call_id = block.need("tool_use_id", block.text("tool_use_id"))
    cache, control = cached(block)
    return ToolResultPart(
        call_id=call_id,
        parts=tuple(_within(part, block) for part in content_of(block, "content")),
        is_error=bool(block.flag("is_error")),
        cache=cache,
        extras=_extras(left_in(block), control),
    )


def _within(part: Part, block: Table) -> _Given:
    if not isinstance(part, _Given):
        block.wrong("content", "what a tool can give: text, images or documents")
    return part


def _text_within(table: Table) -> str | None:
    """The text of an array of blocks, or of a string; None if there is something else in it."""
    if table.opens("content") == '"':
        return table.text("content")
    blocks = table.tables("content")
    texts = [block.text("text") for block in blocks if block.text("type") == "text"]
    return _BREAK.join(text or "" for text in texts) if len(texts) == len(blocks) else None


def _joined(*texts: str | None) -> str:
    return _BREAK.join(text for text in texts if text)


def _extras(left: Extras, control: Extras) -> Extras:
    return {**left, **control} if control else left


_BLOCKS: Final[dict[str, Callable[[Table], Part | None]]] = {
    "text": _text,
    "image": _image,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_result": _tool_result,
}
_TOLD: Final[dict[str, Callable[[Table, msgspec.Raw], Part | None]]] = {
    "document": _document,
    "search_result": _search_result,
}
