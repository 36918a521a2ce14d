"""The paths below Google's list of models."""

from waystation.demo.forms import Form
from waystation.demo.gemini.embed import GeminiBatchEmbed, GeminiEmbed
from waystation.demo.gemini.language import Gemini
from waystation.demo.place import Place


def gemini_place(rest: str, alt: str) -> Place | None:
    """`rest` is MODEL:VERB, `alt` what the query asks for."""
    model, _, verb = rest.rpartition(":")
    plain = Gemini(model)
    places = {
        "generateContent": Place(plain),
        "streamGenerateContent": Place(Gemini(model, Form.BARE if alt == "sse" else Form.ARRAY, stream=True)),
        "countTokens": Place(plain, {"POST": plain.count}),
        "embedContent": Place(GeminiEmbed(model)),
        "batchEmbedContents": Place(GeminiBatchEmbed(model)),
    }
    return places.get(verb) if model else None
