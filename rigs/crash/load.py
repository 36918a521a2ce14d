"""Callers of every kind: plain, streaming, hanging up, and trying again with the same key."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, Final

from rigs.client import Seen, ask
from rigs.crash.station import BLIND, TOKEN

REST_S: Final = 0.2  # at most: the whole ledger is verified again and again, and 200 moments are to fit on the disk
_WORDS: Final = ("red", "green", "blue", "红", "绿")


@dataclass(slots=True)
class Journal:
    """What all callers saw. `tries`: the answers to each Idempotency-Key."""

    seen: list[Seen] = field(default_factory=list)
    blind: set[str] = field(default_factory=set)
    tries: dict[str, list[Seen]] = field(default_factory=dict)


async def call(port: int, journal: Journal) -> None:
    """One caller, for ever."""
    while True:
        request = _request()
        key = f"key-{random.getrandbits(64):x}" if random.random() < 0.1 else None
        timeout_s = random.uniform(0.005, 0.08) if random.random() < 0.15 and key is None else 30.0
        for _ in range(4 if key else 1):
            seen = await ask(port, TOKEN, request, timeout_s=timeout_s, key=key)
            _note(seen, request, key, journal)
            if seen.complete or seen.status in {400, 409, 422}:
                break
            await asyncio.sleep(0.3 if key else 0.01)  # a server that is gone: do not spin
        await asyncio.sleep(random.uniform(0, REST_S))


def _request() -> dict[str, Any]:
    words = " ".join(random.choices(_WORDS, k=random.randint(1, 40)))
    model = BLIND if random.random() < 0.1 else "m"
    request: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": words}]}
    if random.random() < 0.5:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    return request


def _note(seen: Seen, request: dict[str, Any], key: str | None, journal: Journal) -> None:
    journal.seen.append(seen)
    if key is not None:
        journal.tries.setdefault(key, []).append(seen)
    if request["model"] == BLIND and seen.call_id is not None:
        journal.blind.add(seen.call_id)
