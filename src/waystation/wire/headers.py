"""HTTP headers as values."""

Headers = tuple[tuple[bytes, bytes], ...]
