"""What Gemini's paths say: the model, and whether one text or many are to be embedded."""

import re
from typing import Final
from urllib.parse import quote, unquote

from waystation.dialects.codec import Place

ONE: Final = "embedContent"
MANY: Final = "batchEmbedContents"

_PATH: Final = re.compile(rf"/models/([^:]+(?::[^:]+)*):({ONE}|{MANY})")


def locate(path: str) -> Place | None:
    """A model's name may hold slashes and colons, or come percent-encoded."""
    found = _PATH.fullmatch(path)
    return None if found is None else Place(model=unquote(found[1]), verb=found[2])


def vendor_path(path: str, model: str) -> str:
    return path.replace("{model}", quote(bare(model), safe=""))


def bare(model: str) -> str:
    """The name without the collection that it may be written with."""
    return model.removeprefix("models/")
