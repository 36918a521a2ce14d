"""Dialects: bytes to words and back, without any I/O. A module of this package that has a CODEC is a dialect.

`framing` splits event streams, `members` finds values in the caller's bytes, `weighing` counts text, `complaint` reads
vendors' error bodies; a dialect's own module puts them together behind the seam of `codec`.
"""

import importlib
import pkgutil

from waystation.dialects.codec import Codec
from waystation.wire.dialect import Dialect


def codecs() -> dict[Dialect, Codec]:
    """Every dialect of this package by its name: whichever module has a CODEC, so that there is no list to edit."""
    found = (vars(importlib.import_module(f"{__name__}.{module.name}")).get("CODEC") for module in _modules())
    return {codec.dialect: codec for codec in found if isinstance(codec, Codec)}


def _modules() -> list[pkgutil.ModuleInfo]:
    return sorted(pkgutil.iter_modules(__path__))
