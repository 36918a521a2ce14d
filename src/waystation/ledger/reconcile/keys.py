"""Vendors name keys by their fingerprint, by a hint such as sk-519dd****7ad9, or by a name that only they know."""

import re
from collections.abc import Iterable
from typing import Final

from waystation.wire.catalogue import UpstreamKey

_HINT: Final = re.compile(r"(?P<head>[^*•…\s]{2,}?)(?:\*+|•+|…|\.{2,})(?P<tail>[^*•…\s.]{0,16})")


def fingerprint_of(name: str, keys: Iterable[UpstreamKey]) -> str:
    """The fingerprint of the one key that a bill can mean by this name; the name itself if there is no such one."""
    fitting = {key.fingerprint for key in keys if _means(name, key)}
    return fitting.pop() if len(fitting) == 1 else name


def _means(name: str, key: UpstreamKey) -> bool:
    if name in {key.fingerprint, key.secret}:
        return True
    hint = _HINT.fullmatch(name)
    return hint is not None and key.secret.startswith(hint["head"]) and key.secret.endswith(hint["tail"])
