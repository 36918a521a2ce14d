"""What the double remembers of its calls, bounded."""

from collections import deque
from dataclasses import dataclass

from waystation.demo.usage import Usage


@dataclass(slots=True)
class SeenCall:
    """One request as it arrived. Times are those of the event loop's clock."""

    method: str
    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes  # its beginning, if it is larger than what is kept
    key: str
    at: float
    model: str = ""
    fault: str | None = None
    completion_id: str | None = None
    usage: Usage | None = None  # what the model used, even if a fault tells it wrongly; None if it did not run
    answered: bool = False  # the script was played to its end: nothing of the answer is missing
    left_at: float | None = None  # when the connection went away before that

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for got, value in self.headers if got.lower() == wanted), None)


class Memory:
    """The last calls, and the usage of each completion by its id and by the id that the caller gave it."""

    def __init__(self, kept_calls: int, kept_usages: int) -> None:
        self.calls: deque[SeenCall] = deque(maxlen=kept_calls)
        self.total = 0
        self.by_completion_id: dict[str, Usage] = {}
        self.by_request_id: dict[str, Usage] = {}
        self._kept_usages = kept_usages

    def add(self, call: SeenCall) -> None:
        self.calls.append(call)
        self.total += 1

    def book(self, call: SeenCall, completion_id: str, usage: Usage) -> None:
        """Before the first byte of the answer, so that no caller knows of a completion that is not booked."""
        call.completion_id, call.usage = completion_id, usage
        self._remember(self.by_completion_id, completion_id, usage)
        for name in ("x-request-id", "x-client-request-id"):
            if given := call.header(name):
                self._remember(self.by_request_id, given, usage)

    def _remember(self, book: dict[str, Usage], name: str, usage: Usage) -> None:
        book[name] = usage
        if len(book) > self._kept_usages:
            del book[next(iter(book))]
