"""From a request's path to the codec that answers it, and what else the path says."""

import re
from collections.abc import Iterable
from typing import Final

from waystation.dialects.codec import NOWHERE, Codec, Place

# "//" and a doubled version are what clients' settings lead to.
_SLASHES: Final = re.compile(r"/{2,}")
_AGAIN: Final = re.compile(r"(?<=/v1)(?:/v1)+(?=/)|(?<=/v1beta)(?:/v1beta)+(?=/)")
_VERSIONS: Final = ("/v1beta", "/v1alpha", "/v1")  # Gemini's clients use all three

Where = tuple[Codec, Place]


class Paths:
    """Every codec's paths, with and without a version, with and without its namespace ("/anthropic/v1/messages")."""

    __slots__ = ("_fixed", "_namespaces", "_placed")

    def __init__(self, codecs: Iterable[Codec]) -> None:
        served = tuple(codecs)
        self._fixed: dict[str, Where] = {
            f"{prefix}{version}{path}": (codec, NOWHERE)
            for codec in served
            for path in codec.paths
            for prefix in ("", f"/{codec.namespace}")
            for version in ("", "/v1")
        }
        self._placed = tuple(codec for codec in served if not codec.paths)
        self._namespaces = tuple(sorted({f"/{codec.namespace}" for codec in served}))

    def find(self, path: str, query: bytes) -> Where | None:
        return self._fixed.get(path) or self._search(mended(path), query.decode("latin-1"))

    def bare(self, path: str) -> str:
        """The path without namespace and version."""
        for namespace in self._namespaces:
            if path.startswith(f"{namespace}/"):
                path = path.removeprefix(namespace)
                break
        version = next((version for version in _VERSIONS if path.startswith(f"{version}/")), "")
        return path.removeprefix(version)

    def _search(self, path: str, query: str) -> Where | None:
        if (found := self._fixed.get(path)) is not None:
            return found
        bare = self.bare(path)
        for codec in self._placed:
            place = codec.locate(bare, query)
            if place is not None:
                return codec, place
        return None


def mended(path: str) -> str:
    """The path that the client's settings meant."""
    return _AGAIN.sub("", _SLASHES.sub("/", path))
