"""Sum against sum: what a bill says of a day, a model and a key, against the calls of that day, model and key."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import msgspec

from waystation.ledger.reconcile.compare import (
    Sum,
    differ,
    gaps,
    money_difference,
    real_usage,
    tokens_told,
    with_places,
)
from waystation.ledger.reconcile.words import SILENT, Difference, Line, OurCall, Tally, Terms, Tokens
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of

Place = tuple[str, str | None, str | None]  # day, model, key; None where they are not told apart

# So many rows of a group are compared for being the same one again: 16 MB.
REMEMBERED_MAX: Final = 200_000


class _Group(msgspec.Struct):
    bill: Sum
    ours: Sum
    seen: set[int]
    repeated: Sum


class _Gap(msgspec.Struct, frozen=True):
    """What a group is off by, in calls and tokens. Two that are off by opposite numbers explain each other."""

    place: Place
    calls: int | None
    tokens: Tokens
    difference: Difference

    def mirrors(self, other: "_Gap") -> bool:
        if self.calls is not None and other.calls is not None and self.calls + other.calls:
            return False
        pairs = [pair for pair in zip(self.tokens, other.tokens, strict=True) if None not in pair]
        return any(one for one, _ in pairs) and not any((one or 0) + (two or 0) for one, two in pairs)


def by_group(lines: Iterable[Line], calls: Iterable[OurCall], terms: Terms, tally: Tally) -> Iterator[Difference]:
    """Every difference. Both sides must be sorted by day: the groups of two days are in memory, no more.

    Raises: Misconfigured if a row has not what the groups are told apart by.
    """
    before: list[_Gap] = []
    for day, groups in _days(lines, calls, terms, tally):
        today = _within(list(_of_day(day, groups, terms, tally)))
        before, today, shifted = _shifted(before, today)
        yield from _told([gap.difference for gap in before] + shifted, tally)
        before = today
    yield from _told([gap.difference for gap in before], tally)


def _told(differences: list[Difference], tally: Tally) -> Iterator[Difference]:
    for difference in differences:
        tally.saw(difference)
        yield difference


def place_of(day: str | None, model: str | None, key: str | None, terms: Terms) -> Place:
    """Where a row or a call belongs. Raises: Misconfigured for a row without what is asked for."""
    if day is None:
        raise Misconfigured("the bill tells no days: match it by request_id")
    parts = terms.by.split(",")
    if "model" in parts and model is None:
        raise Misconfigured("the bill has a row without a model: match it by day, or leave such rows out by `only`")
    if "key" in parts and key is None:
        raise Misconfigured("the bill has a row without a key: match it by day,model")
    return day, model if "model" in parts else None, key if "key" in parts else None


def _days(
    lines: Iterable[Line], calls: Iterable[OurCall], terms: Terms, tally: Tally
) -> Iterator[tuple[str, dict[Place, _Group]]]:
    left = groupby(lines, key=lambda line: line.day or "")
    right = groupby((call for call in calls if call.due), key=lambda call: call.day)
    rows, ours = next(left, None), next(right, None)
    while rows is not None or ours is not None:
        day = min(one[0] for one in (rows, ours) if one is not None)
        groups: dict[Place, _Group] = {}
        if rows is not None and rows[0] == day:
            for line in rows[1]:
                tally.saw_line(line)
                _take(_group(groups, place_of(line.day, line.model, line.key, terms)), line, terms)
            rows = next(left, None)
        if ours is not None and ours[0] == day:
            for call in ours[1]:
                tally.saw_call(call)
                _group(groups, place_of(call.day, call.model, call.key or "", terms)).ours.add_call(call)
            ours = next(right, None)
        yield day, groups


def _group(groups: dict[Place, _Group], place: Place) -> _Group:
    group = groups.get(place)
    if group is None:
        group = groups[place] = _Group(Sum(), Sum(), set(), Sum())
    return group


def _take(group: _Group, line: Line, terms: Terms) -> None:
    group.bill.add_line(line)
    if terms.rows_add_up or len(group.seen) >= REMEMBERED_MAX:
        return
    mark = hash((line.model, line.key, line.request_id, line.calls, line.tokens, line.amount_nanos, line.currency))
    if mark in group.seen:
        group.repeated.add_line(line)
    group.seen.add(mark)


def _of_day(day: str, groups: dict[Place, _Group], terms: Terms, tally: Tally) -> Iterator[_Gap]:
    for place, group in sorted(groups.items(), key=lambda item: tuple(part or "" for part in item[0])):
        bill, ours = group.bill, group.ours
        if bill.count and ours.count:
            tally.matched += 1
        difference = _difference(group, terms, tally)
        if difference is None:
            continue
        calls = None if bill.calls is None and bill.count else (bill.calls or 0) - ours.count
        placed = with_places(difference, bill, ours, day=day, model=place[1], key=place[2] or None)
        yield _Gap(place, calls, gaps(_full(bill.tokens, ours.tokens), ours.tokens), placed)


def _full(bill: Tokens, ours: Tokens) -> Tokens:
    """A group that is not in the bill is one of nothing."""
    if bill != SILENT:
        return bill
    first, second, third, fourth = (None if count is None else 0 for count in ours)
    return first, second, third, fourth


def _difference(group: _Group, terms: Terms, tally: Tally) -> Difference | None:
    bill, ours = group.bill, group.ours
    if not ours.count:
        return _empty(bill)
    if not bill.count:
        return Difference(kind="call_not_in_bill", message=f"the bill has nothing of these {ours.count} calls")
    gap = gaps(bill.tokens, ours.tokens)
    if differ(gap, terms):
        return None if _was_put_right(group, tally) else _explained(group, gap, terms)
    if bill.calls is not None and bill.calls != ours.count:
        return _uncounted(bill.calls, ours.count)
    tally.confirmed += ours.estimated
    return _billed(group, terms)


def _was_put_right(group: _Group, tally: Tally) -> bool:
    right = group.ours.corrected == group.ours.count == 1 and real_usage(group.bill.tokens) is not None
    tally.confirmed += right
    return right


def _billed(group: _Group, terms: Terms) -> Difference | None:
    money = money_difference(group.bill, group.ours, terms)
    if money is not None and money.amount_nanos and money.amount_nanos == group.repeated.amount_nanos:
        return _twice(group)
    return money


def _empty(bill: Sum) -> Difference | None:
    """Rows of a place without calls of ours; of nothing at all, if they bill nothing."""
    if not any(bill.tokens) and not bill.amount_nanos and not bill.calls:
        return None
    return Difference(
        kind="row_without_call",
        message="we have no such calls",
        amount_nanos=bill.amount_nanos if bill.told else None,
        currency=bill.currency,
    )


def _explained(group: _Group, gap: Tokens, terms: Terms) -> Difference:
    """Why the tokens differ: a row that stands twice, calls that only one side has, an estimate, or no such reason."""
    bill, ours = group.bill, group.ours
    told = tokens_told(bill.tokens, ours.tokens, terms)
    if group.repeated.count and gap == group.repeated.tokens:
        return _twice(group)
    if bill.calls is not None and bill.calls != ours.count:
        difference = _uncounted(bill.calls, ours.count)
        return msgspec.structs.replace(difference, message=f"{difference.message}; {told}")
    usage = real_usage(bill.tokens) if ours.estimated == ours.count == 1 else None
    if usage is not None:
        return Difference(kind="estimated", message=f"the estimate was off: {told}", usage=usage)
    hint = f" ({ours.estimated} of the calls are estimated)" if ours.estimated else ""
    return Difference(kind="tokens_differ", message=told + hint)


def _uncounted(billed: int, counted: int) -> Difference:
    message = f"the bill counts {billed} calls, we {counted}"
    return Difference(kind="call_not_in_bill" if billed < counted else "row_without_call", message=message)


def _twice(group: _Group) -> Difference:
    again = group.repeated
    return Difference(
        kind="billed_twice",
        message=f"rows {', '.join(map(str, again.names[:10]))} stand in the bill before, and we have no such calls",
        amount_nanos=again.amount_nanos if again.told else None,
        currency=again.currency,
    )


def _within(found: list[_Gap]) -> list[_Gap]:
    """Of one day: calls that the bill has under another model or another key are one difference, not two."""
    rest = list(found)
    for ours in found:
        if ours.difference.kind != "call_not_in_bill" or ours.difference.row_count:
            continue
        theirs = next((one for one in rest if _is_other_name(one, ours)), None)
        if theirs is None:
            continue
        rest.remove(ours)
        rest.remove(theirs)
        rest.append(_renamed(ours, theirs))
    return rest


def _is_other_name(theirs: _Gap, ours: _Gap) -> bool:
    if theirs.difference.kind != "row_without_call" or theirs.difference.call_count:
        return False
    names = zip(theirs.place[1:], ours.place[1:], strict=True)
    return sum(one != other for one, other in names) == 1 and theirs.mirrors(ours)


def _renamed(ours: _Gap, theirs: _Gap) -> _Gap:
    is_model = ours.place[1] != theirs.place[1]
    was, now = (ours.place[1], theirs.place[1]) if is_model else (ours.place[2], theirs.place[2])
    difference = msgspec.structs.replace(
        ours.difference,
        kind="model_differs" if is_model else "key_differs",
        message=f"the bill has these calls under {now!r}, we under {was!r}",
        rows=theirs.difference.rows,
        row_count=theirs.difference.row_count,
    )
    return _Gap(ours.place, 0, SILENT, difference)


def _shifted(before: list[_Gap], today: list[_Gap]) -> tuple[list[_Gap], list[_Gap], list[Difference]]:
    """Of two days, one after the other: what one has too little, the other has too much. That is the calendar."""
    shifted: list[Difference] = []
    for early in list(before):
        late = next((one for one in today if one.place[1:] == early.place[1:] and one.mirrors(early)), None)
        if late is None:
            continue
        before.remove(early)
        today.remove(late)
        shifted.append(_moved(early, late))
    return before, today, shifted


def _moved(early: _Gap, late: _Gap) -> Difference:
    size = next(count for count in early.tokens if count)
    source, target = (early, late) if size < 0 else (late, early)
    first, second = source.difference, target.difference
    amount = second.amount_nanos
    return msgspec.structs.replace(
        first,
        kind="day_shifted",
        message=f"what we have on {source.place[0]} the bill has on {target.place[0]}: is the mapping's zone right?"
        + (f" ({decimal_of(amount)} {second.currency})" if amount else ""),
        rows=second.rows,
        row_count=second.row_count,
        usage=None,
    )
