"""A vendor's stream without end, and how far it has got."""

from collections.abc import Iterator
from typing import Any

from waystation.demo.answer import Step, chunk, head
from waystation.demo.faults import Fault
from waystation.demo.scene import Scene, event, healthy, payloads


class Flood:
    """`bytes` is what the double has written so far. Its kernel's buffers and ours hold some megabytes of it."""

    def __init__(self) -> None:
        self.bytes = 0

    @property
    def fault(self) -> Fault:
        return Fault("flood", "Events without end.", self._script)

    def _script(self, scene: Scene) -> Iterator[Step]:
        yield head(healthy(scene))
        wet: dict[str, Any] = {"index": 0, "delta": {"content": "drop " * 4000}, "finish_reason": None}
        piece = chunk(event({**payloads(scene)[0], "choices": [wet]}))
        while True:
            self.bytes += len(piece)
            yield piece
