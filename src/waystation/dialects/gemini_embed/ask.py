"""What the house reads of a request for embeddings in Gemini's language, and that request for another model."""

import msgspec

from waystation.dialects.asking import chars_in, check_model
from waystation.dialects.codec import Ask, Place
from waystation.dialects.gemini_embed.entries import Body
from waystation.dialects.gemini_embed.place import MANY, ONE, bare
from waystation.dialects.members import spans_of
from waystation.dialects.weighing import weigh_members

_BOM = b"\xef\xbb\xbf"


def decode_ask(body: bytes, place: Place) -> Ask:
    """A body with one text counts as another language, since vendors are sent bodies with many. Raises: BadRequest."""
    body = body.removeprefix(_BOM)
    spans = spans_of(body)
    found = Body(body, place)
    start, end = spans["content" if found.single else "requests"]
    chars = len(body) if body.isascii() else chars_in(body)
    return Ask(
        model=check_model(place.model or ""),
        stream=False,
        include_usage=False,
        choices=1,
        max_output_tokens=0,
        weight=weigh_members(body, chars, end - start, (start, end)),
        model_span=(0, 0),
        spoken="gemini.embed" if found.single else None,
    )


def retargeted(body: bytes, ask: Ask, model: str) -> bytes:
    """The members as they are; but each request names its model again, and must name the path's."""
    found = Body(body, Place(verb=MANY if ask.spoken is None else ONE))
    name = f"models/{bare(model)}"
    requests = []
    for entry in found.entries:
        entry.raw("model")
        requests.append({"model": name} | dict(entry.left()))
    return msgspec.json.encode(dict(found.rest) | {"requests": requests})
