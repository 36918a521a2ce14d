"""The part of a codec that says nothing by its paths: all is in the body."""

from waystation.dialects.codec import Place


class Unplaced:
    """Paths are fixed, on both sides, and no headers matter."""

    headers: tuple[bytes, ...] = ()

    def locate(self, path: str, query: str) -> Place | None:
        return None

    def vendor_path(self, path: str, model: str, *, stream: bool) -> str:
        return path
