"""Call by call: the rows of a bill that names each request, against the calls that the vendor gave these names to."""

from collections.abc import Iterable, Iterator
from datetime import date

from waystation.ledger.reconcile.compare import (
    Sum,
    differ,
    gaps,
    money_difference,
    of_calls,
    of_lines,
    real_usage,
    tokens_told,
    with_places,
)
from waystation.ledger.reconcile.words import Difference, Line, OurCall, Tally, Terms

_Match = tuple[str, list[Line], list[OurCall]]


def by_request(lines: Iterable[Line], calls: Iterable[OurCall], terms: Terms, tally: Tally) -> Iterator[Difference]:
    """Every difference. Both sides must be sorted by request id, those without one first: neither is kept in memory."""
    for request_id, rows, ours in _aligned(lines, calls, tally):
        for difference in _of_request(request_id, rows, ours, terms, tally):
            tally.saw(difference)
            yield difference


def _aligned(lines: Iterable[Line], calls: Iterable[OurCall], tally: Tally) -> Iterator[_Match]:
    """One id after the other, with its rows and its calls. Without an id, each stands alone."""
    left, right = iter(lines), iter(calls)
    line, call = next(left, None), next(right, None)
    while line is not None or call is not None:
        name = min(one.request_id or "" for one in (line, call) if one is not None)
        rows: list[Line] = []
        ours: list[OurCall] = []
        while line is not None and (line.request_id or "") == name:
            tally.saw_line(line)
            rows.append(line)
            line = next(left, None)
            if not name:
                yield name, rows, []
                rows = []
        while call is not None and (call.request_id or "") == name:
            tally.saw_call(call)
            ours.append(call)
            call = next(right, None)
            if not name:
                yield name, [], ours
                ours = []
        if name:
            yield name, rows, ours


def _of_request(
    request_id: str, lines: list[Line], calls: list[OurCall], terms: Terms, tally: Tally
) -> Iterator[Difference]:
    due = [call for call in calls if call.due]
    if not lines:
        for call in due:
            yield _unbilled(call)
    elif not calls:
        yield _strange(lines, "no call of ours was given this request id" if request_id else "it names no request")
    else:
        kept, repeated = (lines, []) if terms.rows_add_up else _once(lines)
        if repeated:
            yield _twice(kept, repeated, calls)
        tally.matched += 1
        yield from _matched(kept, due or calls, terms, tally)


def _matched(lines: list[Line], calls: list[OurCall], terms: Terms, tally: Tally) -> Iterator[Difference]:
    bill, ours, call, line = of_lines(lines), of_calls(calls), calls[0], lines[0]
    found = list(_in_place(line, call, terms))
    used = _used(bill, ours, terms, tally)
    if used is not None:
        found.append(used)
    elif not any(difference.kind == "model_differs" for difference in found):
        money = money_difference(bill, ours, terms)
        if money is not None:
            found.append(money)
    for difference in found:
        yield with_places(
            difference, bill, ours, day=call.day, model=call.model, key=call.key, request_id=call.request_id
        )


def _in_place(line: Line, call: OurCall, terms: Terms) -> Iterator[Difference]:
    """Whether the row is of the call's model, key and day, as far as it says."""
    if line.model is not None and line.model != call.model:
        yield Difference(
            kind="model_differs", message=f"the bill has model {line.model!r}, we asked for {call.model!r}"
        )
    if line.key is not None and line.key != call.key:
        yield Difference(kind="key_differs", message=f"the bill has key {line.key!r}, we used {call.key!r}")
    if line.day is not None and _days_between(line.day, call.day) > terms.days:
        yield Difference(
            kind="day_shifted", message=f"the bill has it on {line.day}, we on {call.day}: is the mapping's zone right?"
        )


def _used(bill: Sum, ours: Sum, terms: Terms, tally: Tally) -> Difference | None:
    """The tokens that differ. Of an estimated call they are what it really used, if the bill tells all of that."""
    if not differ(gaps(bill.tokens, ours.tokens), terms):
        tally.confirmed += ours.estimated
        return None
    told = tokens_told(bill.tokens, ours.tokens, terms)
    usage = real_usage(bill.tokens) if ours.estimated == ours.count == 1 else None
    if usage is not None and ours.corrected:
        tally.confirmed += 1
        return None
    if usage is not None:
        return Difference(kind="estimated", message=f"the estimate was off: {told}", usage=usage)
    return Difference(kind="tokens_differ", message=told)


def _unbilled(call: OurCall) -> Difference:
    why = "no row has its request id" if call.request_id else "the vendor gave it no request id"
    return with_places(
        Difference(kind="call_not_in_bill", message=why),
        None,
        of_calls([call]),
        day=call.day,
        model=call.model,
        key=call.key,
        request_id=call.request_id,
    )


def _strange(lines: list[Line], why: str) -> Difference:
    line, bill = lines[0], of_lines(lines)
    return with_places(
        Difference(
            kind="row_without_call",
            message=why,
            amount_nanos=bill.amount_nanos if bill.told else None,
            currency=bill.currency,
        ),
        bill,
        None,
        day=line.day,
        model=line.model,
        key=line.key,
        request_id=line.request_id,
    )


def _twice(kept: list[Line], repeated: list[Line], calls: list[OurCall]) -> Difference:
    again, call = of_lines(repeated), calls[0]
    difference = Difference(
        kind="billed_twice",
        message=f"rows {', '.join(map(str, again.names[:10]))} bill what row {kept[0].number} has billed",
        amount_nanos=again.amount_nanos if again.told else None,
        currency=again.currency,
    )
    places = {"day": call.day, "model": call.model, "key": call.key, "request_id": call.request_id}
    return with_places(difference, of_lines([*kept, *repeated]), of_calls(calls), **places)


def _once(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Rows that bill something new, and those that bill again what an earlier row of this request has billed."""
    kept: list[Line] = []
    repeated: list[Line] = []
    billed: set[int] = set()
    for line in lines:
        new = {place for place, count in enumerate(line.tokens) if count is not None} or {-1}
        (repeated if new & billed else kept).append(line)
        billed |= new
    return kept, repeated


def _days_between(one: str, other: str) -> int:
    return 0 if one == other else abs((date.fromisoformat(one) - date.fromisoformat(other)).days)
