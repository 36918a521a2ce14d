"""Prefixed ids that sort by time: call_, hold_, key_, tok_, org_, up_."""


def make_id(prefix: str, at_ms: int, entropy: int) -> str:
    """`prefix_` and 27 hex digits: milliseconds since 1970 (11), then 64 bits of `entropy` (16)."""
    return f"{prefix}_{at_ms:011x}{entropy:016x}"
