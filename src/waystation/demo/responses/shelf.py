"""The responses that the double keeps, and what can be asked of them later."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from waystation.demo.place import Errand
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.replies import Wire
from waystation.demo.request import Request
from waystation.demo.responses.ask import Item

_MAX_BYTES: Final = 64 << 20
_PAGE: Final = 20
_MAX_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Stored:
    response: Wire
    before: tuple[Item, ...]  # the conversation until its own input
    input: tuple[Item, ...]
    output: tuple[Item, ...]
    bytes: int = 0  # of the requests that the conversation came in

    @property
    def conversation(self) -> tuple[Item, ...]:
        return (*self.before, *self.input, *self.output)


class ResponseShelf:
    """The last so many, of no more than so many bytes; the oldest is forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._stored: dict[str, Stored] = {}
        self._bytes = 0

    def put(self, response_id: str, stored: Stored) -> None:
        self._stored[response_id] = stored
        self._bytes += stored.bytes
        while len(self._stored) > self._most or (self._bytes > _MAX_BYTES and len(self._stored) > 1):
            self._forget(next(iter(self._stored)))

    def _forget(self, response_id: str) -> None:
        self._bytes -= self._stored.pop(response_id).bytes

    def previous(self, response_id: str | None) -> tuple[Item, ...]:
        """What was said until then. Raises Refused for a response that is not here."""
        if response_id is None:
            return ()
        if response_id not in self._stored:
            text = f"Previous response with id '{response_id}' not found."
            raise Refused(Refusal(404, text, param="previous_response_id", code="previous_response_not_found"))
        return self._stored[response_id].conversation

    def bytes_before(self, response_id: str | None) -> int:
        return self._stored[response_id].bytes if response_id in self._stored else 0

    def has_item(self, item_id: str) -> bool:
        return any(item.get("id") == item_id for item in self._items())

    def item(self, item_id: str) -> Item:
        """Raises Refused for an item that is not here."""
        for item in self._items():
            if item.get("id") == item_id:
                return item
        raise Refused(Refusal(404, f"Item with id '{item_id}' not found.", param="input"))

    def _items(self) -> Iterator[Item]:
        for stored in reversed(self._stored.values()):
            yield from (*stored.output, *stored.input)

    def errands(self, rest: str) -> dict[str, Errand]:
        """`rest` is what stands in the path after `/responses/`."""
        response_id, _, verb = rest.partition("/")
        match verb:
            case "":
                return {"GET": lambda _: self._found(response_id).response, "DELETE": lambda _: self._drop(response_id)}
            case "cancel":
                return {"POST": lambda _: self._cancel(response_id)}
            case "input_items":
                return {"GET": lambda request: self._input_items(response_id, request)}
        return {}

    def _found(self, response_id: str) -> Stored:
        if response_id not in self._stored:
            raise Refused(Refusal(404, f"Response with id '{response_id}' not found."))
        return self._stored[response_id]

    def _drop(self, response_id: str) -> Wire:
        self._found(response_id)
        self._forget(response_id)
        return {"id": response_id, "object": "response", "deleted": True}

    def _cancel(self, response_id: str) -> Wire:
        """The double has no response that still runs."""
        found = self._found(response_id)
        if not found.response.get("background"):
            raise Refused(Refusal(400, "Cannot cancel a synchronous response."))
        return found.response

    def _input_items(self, response_id: str, request: Request) -> Wire:
        """The newest first, unless `order=asc`; the whole conversation until the response."""
        found = self._found(response_id)
        listed = [*found.before, *found.input]
        if request.asked("order") != "asc":
            listed.reverse()
        after = request.asked("after")
        if after:
            ids = [item.get("id") for item in listed]
            listed = listed[ids.index(after) + 1 :] if after in ids else []
        limit = _limit(request.asked("limit"))
        page = listed[:limit]
        return {
            "object": "list",
            "data": page,
            "first_id": page[0].get("id") if page else None,
            "last_id": page[-1].get("id") if page else None,
            "has_more": len(listed) > limit,
        }


def _limit(asked: str) -> int:
    if not asked:
        return _PAGE
    if not asked.isdecimal() or not 1 <= int(asked) <= _MAX_PAGE:
        raise Refused(Refusal(400, f"Invalid 'limit': {asked!r}.", param="limit", code="invalid_value"))
    return int(asked)
