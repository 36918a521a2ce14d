"""What breaks and mends keys and upstreams, by chance, and never all of them at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from rigs.chaos.faults import ALL, CLOSED, OF_ALL_KEYS, OF_KEYS
from rigs.chaos.station import Station, key_of, model_of

PAUSE_S: Final = (0.05, 0.5)
LASTS_S: Final = (0.3, 4.0)
KEY_LASTS_S: Final = (5.0, 20.0)  # a key's turn comes seldom

# Two upstreams are left whole, and after so long another takes the place of one of them. So a call that takes no longer
# to try its routes, some of which hang, finds one that was whole all the while; it may meet the others when each is
# broken.
SAFE_S: Final = 45.0

# A key that was refused or is in arrears is out for minutes, though it was mended. So many are always left alone.
UNTOUCHED: Final = 0.5


@dataclass(slots=True)
class Mayhem:
    """`put_up`: how often each fault was. `broken`: the upstreams that something is the matter with as a whole. `safe`:
    those that are left whole, for now.
    """

    station: Station
    draw: random.Random
    put_up: Counter[str] = field(default_factory=Counter)
    broken: set[int] = field(default_factory=set)
    safe: tuple[int, int] = (0, 1)
    _touched: Counter[int] = field(default_factory=Counter)
    _menders: set["asyncio.Task[None]"] = field(default_factory=set)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def rage(self, seconds: float) -> None:
        """Break one thing after another for so long; then all is mended."""
        now = asyncio.get_running_loop().time
        until, moved_at = now() + seconds, now()
        while now() < until:
            if now() - moved_at > SAFE_S and (others := [at for at in self._whole() if at not in self.safe]):
                self.safe, moved_at = (self.safe[1], self.draw.choice(others)), now()
            await self._break(self._next())
            await asyncio.sleep(self.draw.uniform(*PAUSE_S))
        self._over.set()
        await asyncio.gather(*self._menders)

    def _next(self) -> str:
        """Every fault as often as any other, in an order of chance."""
        least = min(self.put_up[fault] for fault in ALL)
        return self.draw.choice([fault for fault in ALL if self.put_up[fault] == least])

    async def _break(self, fault: str) -> None:
        if fault in OF_KEYS:
            self._break_key(fault)
            if fault not in OF_ALL_KEYS or self.draw.random() < 0.5:
                return
        exposed = [at for at in self._whole() if at not in self.safe]
        if not exposed:
            return
        self.put_up[fault] += 1
        at = self.draw.choice(exposed)
        self.broken.add(at)
        if fault == CLOSED:
            await self.station.close(at)
        else:
            self.station.upstreams[at].set_fault(fault, model=model_of(at))
        self._mend_later(partial(self._mend, at, fault), LASTS_S)

    def _whole(self) -> list[int]:
        return [at for at in range(len(self.station.upstreams)) if at not in self.broken]

    def _break_key(self, fault: str) -> None:
        at = self.draw.randrange(len(self.station.upstreams))
        number = self._touched[at]
        if number >= self.station.scale.keys * UNTOUCHED:
            return
        self._touched[at] += 1
        self.put_up[fault] += 1
        key = key_of(at, number)
        self.station.upstreams[at].set_fault(fault, key=key)
        self._mend_later(partial(self._mend_key, at, key), KEY_LASTS_S)

    def _mend_later(self, mend: Callable[[], Awaitable[None]], lasts_s: tuple[float, float]) -> None:
        async def wait() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self.draw.uniform(*lasts_s))
            await mend()

        mender = asyncio.create_task(wait())
        self._menders.add(mender)

    async def _mend(self, at: int, fault: str) -> None:
        if fault == CLOSED:
            await self.station.open(at)
        else:
            self.station.upstreams[at].set_fault(None, model=model_of(at))
        self.broken.discard(at)

    async def _mend_key(self, at: int, key: str) -> None:
        self.station.upstreams[at].set_fault(None, key=key)
