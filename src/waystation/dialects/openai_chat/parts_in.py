"""The content of a message, in a request or an answer: text, or an array of parts.

Beyond OpenAI's own parts: `video_url` and `audio_url` (docs.vllm.ai, help.aliyun.com), `cache_control` in Anthropic's
form (OpenRouter, DashScope), `thinking` (Mistral), addresses in `input_audio.data` (DashScope) and `file.file_data`
(OpenRouter); all 2026-11. A part of any other type is only its own vendor's to read.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from waystation.dialects.openai_chat.media import source_of, type_of_format, type_of_name
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.table import Table
from waystation.wire.chat import (
    AudioPart,
    CacheLifetime,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    RefusalPart,
    TextPart,
    ThinkingPart,
)


def content_of(message: Table, *, answer: bool = False) -> tuple[Part, ...]:
    """Raises: BadRequest, or BadAnswer for an `answer`, as `Table` does."""
    match message.opens("content"):
        case "":
            return ()
        case "[":
            rows = message.rows("content")
            return tuple(part_of(row, f"{message.path}.content[{at}]", answer=answer) for at, row in enumerate(rows))
        case _:
            return (TextPart(text=message.text("content") or ""),)


def part_of(raw: msgspec.Raw, path: str, *, answer: bool) -> Part:
    part = Table(raw, path, answer=answer)
    kind = part.need("type", part.text("type"))
    decode = _PARTS.get(kind)
    return ForeignPart(dialect="openai.chat", kind=kind, raw=raw) if decode is None else decode(part)


def lifetime_of(control: Table | None) -> CacheLifetime | None:
    """What a `cache_control` asks for. Five minutes is Anthropic's and DashScope's usual."""
    if control is None:
        return None
    control.raw("type")
    lifetime = control.text("ttl") or "5m"
    if lifetime not in ("5m", "1h"):
        control.wrong("ttl", '"5m" or "1h"')
    return "1h" if lifetime == "1h" else "5m"


def _text(part: Table) -> Part:
    text = part.need("text", part.text("text"))
    control = part.table("cache_control")
    return TextPart(text=text, cache=lifetime_of(control), extras=left_in(part, cache_control=control))


def _image(part: Table) -> Part:
    url, inner = _address(part, "image_url")
    control = part.table("cache_control")
    return ImagePart(
        source=source_of(part, "image_url", url, "image/jpeg"),
        detail=inner.text("detail") if inner is not None else None,
        cache=lifetime_of(control),
        extras=left_in(part, image_url=inner, cache_control=control),
    )


def _sound(part: Table) -> Part:
    inner = part.need("input_audio", part.table("input_audio"))
    data = inner.need("data", inner.text("data"))
    media_type = type_of_format(inner.text("format") or "wav")
    control = part.table("cache_control")
    return AudioPart(
        source=_bytes_or_address(inner, "data", data, media_type),
        cache=lifetime_of(control),
        extras=left_in(part, input_audio=inner, cache_control=control),
    )


def _sound_at(part: Table) -> Part:
    url, inner = _address(part, "audio_url")
    return AudioPart(source=source_of(part, "audio_url", url, "audio/wav"), extras=left_in(part, audio_url=inner))


def _video(part: Table) -> Part:
    url, inner = _address(part, "video_url")
    source = source_of(part, "video_url", url, "video/mp4")
    if isinstance(source, Link):
        source = Link(url, type_of_name(url.partition("?")[0], "video/mp4"))
    control = part.table("cache_control")
    extras = left_in(part, video_url=inner, cache_control=control)
    return FilePart(source=source, cache=lifetime_of(control), extras=extras)


def _file(part: Table) -> Part:
    inner = part.need("file", part.table("file"))
    filename = inner.text("filename")
    file_id, data = inner.text("file_id"), inner.text("file_data")
    source: FileId | Inline | Link
    if file_id is not None and data is None:
        source = FileId("openai.chat", file_id)
    else:
        usual = type_of_name(filename or "", "application/pdf")
        source = _bytes_or_address(inner, "file_data", inner.need("file_data", data), usual)
    control = part.table("cache_control")
    extras = left_in(part, file=inner, cache_control=control)
    return FilePart(source=source, filename=filename, cache=lifetime_of(control), extras=extras)


def _refusal(part: Table) -> Part:
    return RefusalPart(text=part.need("refusal", part.text("refusal")), extras=left_in(part))


def _thinking(part: Table) -> Part:
    if part.opens("thinking") == "[":
        text = "".join(piece.text("text") or "" for piece in part.tables("thinking"))
    else:
        text = part.text("thinking") or ""
    return ThinkingPart(text=text, extras=left_in(part))


def _address(part: Table, name: str) -> tuple[str, Table | None]:
    """Some clients write the address itself where OpenAI has an object with it."""
    if part.opens(name) == '"':
        return part.need(name, part.text(name)), None
    inner = part.need(name, part.table(name))
    return inner.need("url", inner.text("url")), inner


def _bytes_or_address(inner: Table, name: str, data: str, media_type: str) -> Inline | Link:
    if not data.startswith(("http://", "https://", "data:")):
        return Inline(media_type, data)
    source = source_of(inner, name, data, media_type)
    return Link(source.url, media_type) if isinstance(source, Link) else source


_PARTS: Final[dict[str, Callable[[Table], Part]]] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _sound,
    "audio_url": _sound_at,
    "video_url": _video,
    "file": _file,
    "refusal": _refusal,
    "thinking": _thinking,
}
