"""The way that a call took, in one line for its caller: upstreams and models by name, and nothing of keys."""

from typing import Final
from urllib.parse import quote

from waystation.relay.tally import Tally
from waystation.wire.catalogue import Model
from waystation.wire.record import Attempt

BYTES_MAX: Final = 1_000  # many servers and proxies refuse a header of 8 KB, and others have things to say too
_PLAIN: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


def way_of(model: Model, tally: Tally) -> str:
    """In ASCII, other characters as in a URL, cut off at BYTES_MAX: "up/m; strategy=weighted; attempts=1; …"."""
    strategy = tally.sort or ("weighted" if model.routing is None else model.routing.strategy)
    good = next((one for one in tally.attempts if one.fault is None), None)
    parts = ["none" if good is None else f"{good.upstream}/{good.model}"]
    parts += [f"strategy={strategy}", f"attempts={len(tally.attempts) + len(tally.hedged)}"]
    tried = [_tried(one) for one in tally.attempts if one.fault is not None]
    tried += [f"{one.route.upstream.name}/{one.route.model}: hedged after {one.duration_ms} ms" for one in tally.hedged]
    over = [f"{upstream}/{name}: {why}" for upstream, name, why in tally.passed_over]
    parts += [f"tried={', '.join(tried)}"] if tried else []
    parts += [f"passed-over={', '.join(over)}"] if over else []
    return quote("; ".join(parts), safe=_PLAIN)[:BYTES_MAX]


def _tried(attempt: Attempt) -> str:
    status = "" if attempt.status is None else f" {attempt.status}"
    return f"{attempt.upstream}/{attempt.model}: {attempt.fault}{status} in {attempt.duration_ms} ms"
