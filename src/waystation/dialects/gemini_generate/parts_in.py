"""The parts of a content, in a request or in an answer, into words."""

from collections.abc import Sequence
from typing import Final

import msgspec

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.media import file_of, inline_of
from waystation.dialects.gemini_generate.nested import left_in
from waystation.dialects.gemini_generate.own import GivenResult, Unnumbered
from waystation.dialects.seal import unwrap
from waystation.wire.chat import (
    AudioPart,
    FilePart,
    ForeignPart,
    ImagePart,
    Part,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)

REDACTED: Final = "redacted:"  # begins a seal of another vendor's whose thoughts were hidden
_FOREIGN: Final = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")
_replace: Final = msgspec.structs.replace

Within = TextPart | ImagePart | FilePart | AudioPart | ForeignPart


def part_of(raw: msgspec.Raw, path: str, made: str, *, answer: bool = False) -> Part:
    """`made` is the id of a call that has none. Raises: BadRequest, or BadAnswer for an `answer`, as `Table` does."""
    part = Fields(raw, path, answer=answer)
    seal = _seal(part)
    if "functionCall" in part:
        return _call(part, seal, made)
    if "functionResponse" in part:
        return _result(part, made, answer=answer)
    if "inlineData" in part:
        return inline_of(part, seal)
    if "fileData" in part:
        return file_of(part, seal)
    if "text" not in part and (seal is None or any(name in part for name in _FOREIGN)):
        return ForeignPart(dialect="gemini.generate", kind=_kind(part), raw=raw)
    return _text(part, seal)


def joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Thoughts that another vendor sealed, in one part with their seal again: a stream's client has them in pieces."""
    out: list[Part] = []
    for part in parts:
        if isinstance(part, ThinkingPart) and part.seal is not None and part.seal.dialect != "gemini.generate":
            text = part.text
            while out and isinstance(before := out[-1], ThinkingPart) and before.seal is None and not before.extras:
                text = before.text + text
                out.pop()
            out.append(_replace(part, text=text))
        else:
            out.append(part)
    return tuple(out)


def _seal(part: Fields) -> Seal | None:
    text = part.text("thoughtSignature")
    return unwrap(text, "gemini.generate") if text else None


def _text(part: Fields, seal: Seal | None) -> Part:
    text = part.text("text") or ""
    if not part.flag("thought"):
        return TextPart(text=text, seal=seal, extras=left_in(part))
    if seal is not None and seal.dialect != "gemini.generate" and seal.text.startswith(REDACTED):
        seal = Seal(seal.dialect, seal.text.removeprefix(REDACTED))
        return ThinkingPart(text=text, seal=seal, redacted=True, extras=left_in(part))
    return ThinkingPart(text=text, seal=seal, extras=left_in(part))


def _call(part: Fields, seal: Seal | None, made: str) -> Part:
    call = part.need("functionCall", part.table("functionCall"))
    identity, name = call.text("id"), call.text("name") or ""
    arguments = bytes(call.raw("args") or b"{}").decode("utf-8", "replace")
    extras = left_in(part, functionCall=call)
    kind = ToolCallPart if identity else Unnumbered
    return kind(id=identity or made, name=name, arguments=arguments, seal=seal, extras=extras)


def _result(part: Fields, made: str, *, answer: bool) -> Part:
    """Its answer is `output`, `error`, or else all of it (ai.google.dev/api/caching#FunctionResponse, 2026-11)."""
    result = part.need("functionResponse", part.table("functionResponse"))
    identity, name, response = result.text("id"), result.text("name"), result.raw("response")
    inner = tuple(_within(raw, path, answer=answer) for raw, path in result.placed("parts"))
    text, is_error = _said(response, f"{result.path}.response", answer=answer)
    said = () if text is None else (TextPart(text=text),)
    return GivenResult(
        call_id=identity or made,
        name=name,
        parts=(*said, *inner),
        is_error=is_error,
        response=response,
        numbered=identity is not None,
        extras=left_in(part, functionResponse=result),
    )


def _said(response: msgspec.Raw | None, path: str, *, answer: bool) -> tuple[str | None, bool]:
    if response is None:
        return None, False
    whole = bytes(response).decode("utf-8", "replace")
    if not whole.startswith("{"):
        return whole, False
    table = Fields(response, path, answer=answer)
    for name in ("output", "result", "error"):
        if name in table and len(table.left()) == 1:
            text = table.text_or_none(name)
            value = bytes(table.raw(name) or b"").decode("utf-8", "replace") if text is None else text
            return value, name == "error"
    return whole, False


def _within(raw: msgspec.Raw, path: str, *, answer: bool) -> Within:
    part = part_of(raw, path, "", answer=answer)
    return part if isinstance(part, Within) else ForeignPart(dialect="gemini.generate", kind="part", raw=raw)


def _kind(part: Fields) -> str:
    names = [name for name in part.left() if name not in ("thought", "videoMetadata", "partMetadata")]
    return next((name for name in _FOREIGN if name in names), names[0] if names else "part")
