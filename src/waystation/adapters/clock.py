"""The real clock."""

import random
import time
from secrets import randbits

from waystation.wire.ids import make_id


class SystemClock:
    """Implements `ports.Clock`. Ids carry 64 bits drawn once and counted up: unique without a system call each."""

    def __init__(self) -> None:
        self.now = time.time
        self.monotonic = time.monotonic
        self.draw = random.random  # for weights, not for secrets
        self._entropy = randbits(64)

    def new_id(self, prefix: str) -> str:
        self._entropy = (self._entropy + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF  # an odd step visits all 2**64
        return make_id(prefix, int(time.time() * 1000), self._entropy)
