"""Callers, each of whom has one stream open at any time."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, Final

from rigs.chaos.station import MODELS, STREAM, TOKEN
from rigs.client import Seen, ask

PATIENCE_S: Final = 150.0  # longer than the gateway takes for any call
_WORDS: Final = ("red", "green", "blue", "红", "绿", "🙂")


@dataclass(slots=True)
class Load:
    """What all callers saw. `open` counts the streams under way, `open_max` is the most that there were."""

    port: int
    draw: random.Random
    seen: list[Seen] = field(default_factory=list)
    open: int = 0
    open_max: int = 0
    over: bool = False

    async def run(self, streams: int) -> None:
        """Until it is `over` and every stream has ended."""
        await asyncio.gather(*[self._call() for _ in range(streams)])

    async def _call(self) -> None:
        length_s = STREAM.latency_s + STREAM.chunks * STREAM.chunk_gap_s
        await asyncio.sleep(self.draw.uniform(0, length_s))  # they do not begin all at once
        while not self.over:
            self.open += 1
            self.open_max = max(self.open_max, self.open)
            self.seen.append(await ask(self.port, TOKEN, self._request(), timeout_s=PATIENCE_S))
            self.open -= 1

    def _request(self) -> dict[str, Any]:
        session = f"session-{self.draw.randrange(500)}"
        return {
            "model": self.draw.choice(MODELS),
            "messages": [{"role": "user", "content": " ".join(self.draw.choices(_WORDS, k=self.draw.randint(4, 40)))}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "prompt_cache_key": session,
        }
