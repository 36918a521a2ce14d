"""What one family of Gemini's models understands and another one does not.

Sources: ai.google.dev/gemini-api/docs/thinking, .../thought-signatures and .../function-calling, and the models' own
pages there (2026-11).
"""

import re
from typing import Final

import msgspec

from waystation.wire.chat import Effort

# A call that no Gemini made has no signature, and Gemini 3 refuses the first one of a step without any. Of the two
# words that its guide offers instead this is the one that Vertex knows too; it is written as it stands, without base64
# (ai.google.dev/gemini-api/docs/thought-signatures and google-gemini/gemini-cli, 2026-11).
UNSIGNED: Final = "skip_thought_signature_validator"

_NEWER: Final = re.compile(r"gemini-(?:[3-9]|[1-9][0-9])(?![0-9])|gemini-(?:pro|flash|flash-lite)-latest")
_ALL_LEVELS: Final[tuple[Effort, ...]] = ("minimal", "low", "medium", "high")
_NO_MINIMAL: Final[tuple[Effort, ...]] = ("low", "medium", "high")
# Beginnings of names, the first that fits counts. Gemini 3.7 and 3.8 Flash refuse "minimal" with a 400, so a model that
# is not known to take it is not asked for it.
_LEVELS: Final[tuple[tuple[str, tuple[Effort, ...]], ...]] = (
    ("gemini-3-pro-image", ()),
    ("gemini-3-pro", ("low", "high")),
    ("gemini-3-flash", _ALL_LEVELS),
    ("gemini-3.1-flash-lite", _ALL_LEVELS),
    ("gemini-3.5-flash", _ALL_LEVELS),
)


class Budget(msgspec.Struct, frozen=True):
    """Tokens to think for. `off`: whether 0 is allowed, so that it does not think."""

    least: int
    most: int
    off: bool


_BUDGETS: Final[tuple[tuple[str, Budget], ...]] = (
    ("gemini-2.5-pro", Budget(128, 32_768, off=False)),
    ("gemini-2.5-flash-lite", Budget(512, 24_576, off=True)),
    ("gemini-2.5-flash", Budget(0, 24_576, off=True)),
)


class Family(msgspec.Struct, frozen=True):
    """`levels` of thinking that can be asked for, or a `budget`; neither means that it can't be told how much to think.

    `signs`: the first call of a step must have a signature. `sees_results`: a function's result may hold images and
    documents. `formats_calls`: it can keep to a format and have functions too.
    """

    levels: tuple[Effort, ...] = ()
    budget: Budget | None = None
    signs: bool = False
    sees_results: bool = False
    formats_calls: bool = False


def family_of(model: str) -> Family:
    name = model.rpartition("/")[2].lower()
    if _NEWER.match(name) is None:
        return Family(budget=next((budget for start, budget in _BUDGETS if name.startswith(start)), None))
    levels = next((levels for start, levels in _LEVELS if name.startswith(start)), _NO_MINIMAL)
    return Family(levels=levels, signs=True, sees_results=True, formats_calls=True)
