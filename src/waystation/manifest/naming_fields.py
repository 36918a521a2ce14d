"""The single values of what models are called by, and of what their routes can take. See `fields`."""

import re
from typing import Annotated, Final, get_args

from waystation.manifest.fields import MODEL, Field, one_of, text_of
from waystation.routing.pattern import REGEX, Pattern, is_template, places_of
from waystation.wire.catalogue import Modality

MATCHES_MAX: Final = 16  # of one model; a name that nobody else has is held against all of them
_GLOB: Final = re.compile(r"[A-Za-z0-9._:/@+*-]{1,128}")
_REGEX_LENGTH_MAX: Final = 256
_TEMPLATE: Final = re.compile(r"[A-Za-z0-9._:/@+{}-]{1,128}")


def _pattern(value: object) -> str:
    text = text_of(value)
    if text.startswith(REGEX):
        if len(text) > _REGEX_LENGTH_MAX:
            raise ValueError(f"it has more than {_REGEX_LENGTH_MAX} characters")
    elif _GLOB.fullmatch(text) is None or "*" not in text:
        raise ValueError
    Pattern(text)
    return text


def _route_model(value: object) -> str:
    text = text_of(value)
    if _TEMPLATE.fullmatch(text) is None or not (is_template(text) or MODEL.fullmatch(text)):
        raise ValueError
    places_of(text)
    return text


PatternText = Annotated[
    str, Field(f'a pattern of names, such as "gpt-*" or "{REGEX}(gpt|o)-[0-9]+", of at most 128 letters', _pattern)
]
RouteModel = Annotated[
    str, Field("a model's name at the upstream, or one with {name} or {1} in it such as openai/{1}", _route_model)
]
InputName = Annotated[Modality, Field(", ".join(get_args(Modality)), one_of(*get_args(Modality)))]
