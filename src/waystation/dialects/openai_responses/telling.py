"""The events of one answer, numbered, and the items that they have made so far."""

import msgspec

from waystation.dialects.openai_responses.items_out import Names, reasoning_item


class Teller:
    """`items` are whole ones; None stands for one that has not ended."""

    __slots__ = ("_number", "items", "names")

    def __init__(self, names: Names) -> None:
        self.items: list[object] = []
        self.names = names
        self._number = 0

    def tell(self, kind: str, members: dict[str, object]) -> bytes:
        data = msgspec.json.encode({"type": kind, "sequence_number": self._number, **members})
        self._number += 1
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), data)

    def begin(self) -> int:
        """The number of a new item."""
        self.items.append(None)
        return len(self.items) - 1

    def added(self, at: int, item: object) -> bytes:
        return self.tell("response.output_item.added", {"output_index": at, "item": item})

    def done(self, at: int, item: object) -> bytes:
        self.items[at] = item
        return self.tell("response.output_item.done", {"output_index": at, "item": item})

    def whole(self, item: object) -> bytes:
        at = self.begin()
        return self.added(at, item) + self.done(at, item)

    def seal(self, prefix: str, encrypted: str) -> bytes:
        """A reasoning item that holds the seal of something else."""
        return self.whole(reasoning_item(self.names.item(prefix, len(self.items)), encrypted=encrypted))
