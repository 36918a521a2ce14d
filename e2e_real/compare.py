"""One call from three sides: what the server reported, what the caller saw, what is booked."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from e2e_real.caller import Seen
from e2e_real.cases import Case
from e2e_real.reported import Counts, Reported, read
from e2e_real.servers import MODEL
from e2e_real.station import NANOS_PER_TOKEN, PUBLIC_MODEL, Booked
from e2e_real.tee import Exchange

NOTHING: Final = Counts(0, 0)


@dataclass(frozen=True, slots=True)
class Call:
    """`alone`: what the server counts for the same request when it is asked directly, or None if it refuses it."""

    server: str
    case: Case
    key: str
    seen: Seen
    exchange: Exchange
    alone: Counts | None

    @property
    def reported(self) -> Reported:
        return read(self.exchange.body, stream=self.case.stream and self.exchange.status == HTTPStatus.OK)


def differences(call: Call, booked: list[Booked]) -> Iterator[str]:
    """In words, one each; nothing if all sides agree."""
    rows = [row for row in booked if row.call_id == call.seen.request_id]
    if len(rows) != 1:
        yield f"booked {len(rows)} times, not once"
        return
    yield from _asked(call)
    if call.exchange.status != HTTPStatus.OK:
        yield from _refused(call, rows[0])
    elif call.exchange.whole and call.reported.finish is None:
        yield from _broken(call, rows[0])
    elif call.case.hang_up_after is not None:
        yield from _hung_up(call.reported, rows[0])
    else:
        yield from _told(call)
        yield from _billed(call.reported, rows[0])
        yield from _differ("outcome", rows[0].outcome, "ok")
        yield from _differ("finish booked", rows[0].finish, call.reported.finish)
        yield from _differ("response model booked", rows[0].response_model, call.reported.model)


def cost(usage: Counts) -> int:
    """In nanos of the currency."""
    cached = usage.cached or 0
    return (
        (usage.input - cached) * NANOS_PER_TOKEN["input"]
        + cached * NANOS_PER_TOKEN["cached"]
        + usage.output * NANOS_PER_TOKEN["output"]
    )


def _asked(call: Call) -> Iterator[str]:
    """The server got its own model's name, its own key, and our question for usage, else what the caller said."""
    asked = dict(call.exchange.request)
    yield from _differ("model asked for", asked.pop("model", None), MODEL)
    yield from _differ("key shown to the server", call.exchange.authorization == f"Bearer {call.key}", True)
    if call.case.stream:
        options = asked.pop("stream_options", None) or {}
        yield from _differ("usage asked for", options.get("include_usage"), True)
    said = {name: value for name, value in call.case.request.items() if name != "stream_options"}
    yield from _differ("request passed on", asked, said)


def _told(call: Call) -> Iterator[str]:
    seen, reported = call.seen, call.reported
    yield from _differ("text seen is text sent", seen.text == reported.text, True)
    yield from _differ("finish seen", seen.finish, reported.finish)
    if call.case.asks_usage or not call.case.stream:
        yield from _differ("usage seen", seen.usage, reported.usage)
    else:
        yield from _differ("usage chunks that nobody asked for", seen.lone_usage, 0)


def _billed(reported: Reported, row: Booked) -> Iterator[str]:
    yield from _differ("model booked", row.request_model, PUBLIC_MODEL)
    yield from _differ("estimated", row.estimated, reported.usage is None)
    if reported.usage is not None:
        yield from _differ("usage booked", row.usage, reported.usage)
    elif row.usage is None or not (row.usage.input and row.usage.output):
        yield "nothing booked for an answer without usage"
    yield from _differ("cost", row.amount_nanos, cost(row.usage or NOTHING))


def _refused(call: Call, row: Booked) -> Iterator[str]:
    yield from _differ("cost of a refusal", row.amount_nanos, 0)
    yield from _differ("outcome", row.outcome, "refused")
    yield from _differ("status seen", call.seen.status, call.exchange.status)


def _broken(call: Call, row: Booked) -> Iterator[str]:
    """llama-cpp-python answers a stream that it cannot serve with 200 and an empty body."""
    yield from _differ("cost of an answer that never came", row.amount_nanos, 0)
    yield from _differ("outcome", row.outcome, "failed")
    yield from _differ("an error seen", call.seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR, True)


def _hung_up(reported: Reported, row: Booked) -> Iterator[str]:
    """What the tap saw may never have reached us, so an estimate is right too; a wrong figure never is."""
    if row.estimated:
        yield from _differ("cost", row.amount_nanos, cost(row.usage or NOTHING))
    else:
        yield from _billed(reported, row)
    if not row.amount_nanos:
        yield "nothing booked for a caller who hung up"


def _differ(what: str, got: object, expected: object) -> Iterator[str]:
    if got != expected:
        yield f"{what}: {got!r}, expected {expected!r}"
