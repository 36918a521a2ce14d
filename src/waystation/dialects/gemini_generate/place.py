"""What Gemini's paths say: the model, and whether the answer comes whole, as events, or as one array."""

import re
from typing import Final
from urllib.parse import parse_qs, quote, unquote

from waystation.dialects.codec import Place

_PLAIN: Final = "generateContent"
_STREAM: Final = "streamGenerateContent"
_TUNED: Final = "tunedModels/"
_PATH: Final = re.compile(rf"/(models|tunedModels)/(.+):({_PLAIN}|{_STREAM})", re.DOTALL)


def locate(path: str, query: str) -> Place | None:
    """A model's name may hold slashes and colons, or come percent-encoded."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    collection, name, verb = found.groups()
    model = unquote(name) if collection == "models" else _TUNED + unquote(name)
    stream = verb == _STREAM
    events = "sse" in parse_qs(query).get("alt", ())
    return Place(model=model, stream=stream, array=stream and not events, verb=verb)


def vendor_path(path: str, model: str, *, stream: bool) -> str:
    """Of "/models/{model}:{verb}". A stream is always asked for as events, however the caller gets it."""
    name = model.removeprefix("models/")
    if name.startswith(_TUNED):
        path = path.replace("models/{model}", "tunedModels/{model}")
        name = name.removeprefix(_TUNED)
    verb = f"{_STREAM}?alt=sse" if stream else _PLAIN
    return path.replace("{verb}", verb).replace("{model}", quote(name, safe=""))
