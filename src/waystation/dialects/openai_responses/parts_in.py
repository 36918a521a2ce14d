"""The content of an item, in a request or an answer: text, or an array of parts."""

from collections.abc import Callable
from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.openai_chat.media import source_of, type_of_format, type_of_name
from waystation.dialects.openai_responses.nested import left_in
from waystation.dialects.table import Table
from waystation.wire.chat import (
    Annotation,
    AudioPart,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    RefusalPart,
    TextPart,
)


class _Citation(msgspec.Struct):
    """OpenAI's url_citation; those of files have no address."""

    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None


_CITATION: Final = msgspec.json.Decoder(_Citation)


def content_of(item: Table, name: str = "content", *, answer: bool = False) -> tuple[Part, ...]:
    """Raises: BadRequest, or BadAnswer for an `answer`, as `Table` does."""
    match item.opens(name):
        case "":
            return ()
        case "[":
            rows = item.rows(name)
            return tuple(_part(row, f"{item.path}.{name}[{at}]", answer=answer) for at, row in enumerate(rows))
        case _:
            return (TextPart(text=item.text(name) or ""),)


def annotation_of(raw: msgspec.Raw) -> Annotation:
    """One of a broken form is only given back as it is."""
    try:
        cited = _CITATION.decode(raw)
    except UNREADABLE:
        return Annotation(raw=raw)
    return Annotation(url=cited.url, title=cited.title, start=cited.start_index, end=cited.end_index, raw=raw)


def _part(raw: msgspec.Raw, path: str, *, answer: bool) -> Part:
    part = Table(raw, path, answer=answer)
    kind = part.need("type", part.text("type"))
    decode = _PARTS.get(kind)
    return ForeignPart(dialect="openai.responses", kind=kind, raw=raw) if decode is None else decode(part)


def _text(part: Table) -> Part:
    """Logprobs are an answer's, and read apart."""
    part.raw("logprobs")
    annotations = tuple(map(annotation_of, part.rows("annotations")))
    return TextPart(text=part.text("text") or "", annotations=annotations, extras=left_in(part))


def _refusal(part: Table) -> Part:
    return RefusalPart(text=part.text("refusal") or "", extras=left_in(part))


def _image(part: Table) -> Part:
    """Some clients write the address as chat does, in an object."""
    inner = part.table("image_url") if part.opens("image_url") == "{" else None
    url = part.text("image_url") if inner is None else inner.text("url")
    detail = part.text("detail")
    if inner is not None:
        detail = detail or inner.text("detail")
    source: FileId | Inline | Link
    if url is None and "file_id" in part:
        source = FileId("openai.responses", part.need("file_id", part.text("file_id")))
    else:
        source = source_of(part, "image_url", part.need("image_url", url), "image/jpeg")
    return ImagePart(source=source, detail=detail, extras=left_in(part, image_url=inner))


def _file(part: Table) -> Part:
    filename = part.text("filename")
    data, url = part.text("file_data"), part.text("file_url")
    usual = type_of_name(filename or "", "application/pdf")
    source: FileId | Inline | Link
    if data is not None:
        source = source_of(part, "file_data", data, usual) if data.startswith("data:") else Inline(usual, data)
    elif url is not None:
        source = source_of(part, "file_url", url, usual)
    else:
        source = FileId("openai.responses", part.need("file_data", part.text("file_id")))
    return FilePart(source=source, filename=filename, extras=left_in(part))


def _sound(part: Table) -> Part:
    inner = part.need("input_audio", part.table("input_audio"))
    data, media_type = inner.need("data", inner.text("data")), type_of_format(inner.text("format") or "wav")
    return AudioPart(source=Inline(media_type, data), extras=left_in(part, input_audio=inner))


_PARTS: Final[dict[str, Callable[[Table], Part]]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "input_file": _file,
    "input_audio": _sound,
}
