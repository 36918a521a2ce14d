"""A caller's request for embeddings in Gemini's language, into words.

Words know one task and one title for all inputs. Where requests differ in these, each keeps its own as a member that
only Gemini understands: "requests[1].title".
"""

from collections.abc import Sequence

import msgspec

from waystation.dialects.asking import check_model
from waystation.dialects.codec import Place
from waystation.dialects.gemini_embed.entries import Body, Entry
from waystation.dialects.table import said
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.errors import BadRequest


def decode_request(body: bytes, place: Place) -> EmbeddingRequest:
    """Raises: BadRequest."""
    found = Body(body, place)
    entries = [Entry(table) for table in found.entries]
    task = _common([entry.task for entry in entries])
    title = _common([entry.title for entry in entries])
    extras = dict(found.rest)
    for at, entry in enumerate(entries):
        own = {
            "taskType": entry.task if task is None else None,
            "title": entry.title if title is None else None,
        }
        prefix = "" if found.single else f"requests[{at}]."
        extras |= {prefix + name: msgspec.Raw(msgspec.json.encode(value)) for name, value in said(own).items()}
        extras |= {prefix + name: raw for name, raw in entry.extras.items()}
    return EmbeddingRequest(
        dialect="gemini.embed",
        model=check_model(place.model or ""),
        inputs=tuple(entry.text for entry in entries),
        single=found.single,
        dimensions=_dimensions(entries),
        task=task,
        title=title,
        extras=extras,
    )


def _common(words: Sequence[str | None]) -> str | None:
    return words[0] if len(set(words)) == 1 else None


def _dimensions(entries: list[Entry]) -> int | None:
    first = entries[0].dimensions
    for at, entry in enumerate(entries):
        if entry.dimensions != first:
            path = f"requests[{at}].outputDimensionality"
            raise BadRequest(f"{path!r} must be the same in all requests.", param=path)
    return first
