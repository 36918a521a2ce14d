"""One batch of orders as the arguments of the database's function, and its rows as their answers."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from waystation.adapters.postgres.known import Chain, Known
from waystation.adapters.postgres.link import Row
from waystation.ledger.posting import AMOUNT_MAX
from waystation.wire.booking import ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused
from waystation.wire.errors import HoldEnded

CALL: Final = f"SELECT * FROM waystation_book_1({', '.join(f'${number}' for number in range(1, 23))})"  # noqa: S608 - constants

HOLD: Final = 1
EXTEND: Final = 2
POST: Final = 3
VOID: Final = 4
EXPIRE: Final = 5
BAR: Final = 6  # void it, or see to it that it never comes: it was asked for, and nobody knows what became of it

_ENDED: Final = {5: "there is no hold {!r}", 6: "hold {!r} was posted before", 7: "hold {!r} was voided before"}
_ENDED_ELSE: Final = {8: "hold {!r} was expired before", 9: "hold {!r} is another one's"}
_WORDS: Final = _ENDED | _ENDED_ELSE
_UNPAID: Final = (None,) * 5
_write_marks: Final = msgspec.json.Encoder().encode


class ReleaseOrder(msgspec.Struct, frozen=True, gc=False):
    """End a hold without a posting, whatever has become of it."""

    kind: Literal[4, 5, 6]
    hold_id: str
    at: float


Order = HoldOrder | ExtendOrder | PostOrder | ReleaseOrder
Answer = Held | Refused | Posted | HoldEnded | None


class Again(NamedTuple):
    """The order was not decided: the hold's accounts were not known."""


AGAIN: Final = Again()


def arguments(orders: Sequence[Order], known: Known, run_id: str) -> list[Any]:
    """For the function. Every hold that is asked for has a live sub-token and a known chain."""
    chains: dict[str, int] = {}  # text -> number
    in_order: list[Chain] = []
    rows = []
    earning: set[int] = set()
    for order in orders:
        chain = chain_for(order, known)
        number = 0
        if chain is not None:
            number = chains.setdefault(chain.text, len(in_order) + 1)
            if number > len(in_order):
                in_order.append(chain)
            if isinstance(order, PostOrder):
                earning.add(chain.revenue_id)
        rows.append(_row(order, number))
    account_ids = sorted({*earning, *(id_ for chain in in_order for id_ in chain.ids)})
    place = {id_: number for number, id_ in enumerate(account_ids, start=1)}
    starts = [1]
    for chain in in_order:
        starts.append(starts[-1] + len(chain.ids))
    return [
        run_id,
        known.revision if any(isinstance(order, HoldOrder) for order in orders) else None,
        bool(earning),
        account_ids,
        [chain.text for chain in in_order],
        starts,
        [place[id_] for chain in in_order for id_ in chain.ids],
        [place[chain.wallet_id] for chain in in_order],
        [place.get(chain.revenue_id, 0) for chain in in_order],
        [chain.currency for chain in in_order],
        *(list(column) for column in zip(*rows, strict=True)),
    ]


def chain_for(order: Order, known: Known) -> Chain | None:
    return known.chain(order.ceilings) if isinstance(order, HoldOrder) else known.chain_of(order.hold_id)


def answers(orders: Sequence[Order], row: Row, known: Known) -> list[Answer | Again]:
    """One for each order, in their order."""
    return [_answer(order, known, *found) for order, *found in zip(orders, *row, strict=True)]


def _row(order: Order, chain: int) -> tuple[Any, ...]:
    """kind, hold, chain, token, amount, at, expiry; and what postings have: call, estimated, late, marks, basis."""
    match order:
        case HoldOrder():
            amount = min(order.amount_nanos, AMOUNT_MAX + 1)
            times = (order.at, order.expires_at)
            return (HOLD, order.hold_id, chain, order.token_id, amount, *times, *_UNPAID)
        case ExtendOrder():
            amount = min(order.amount_nanos, AMOUNT_MAX + 1)
            return (EXTEND, order.hold_id, chain, None, amount, order.at, order.expires_at, *_UNPAID)
        case PostOrder():
            marks = _write_marks(order.marks).decode() if order.marks else "[]"
            paid = (order.call_id, order.estimated, order.late, marks, order.basis)
            return (POST, order.hold_id, chain, None, min(order.amount_nanos, AMOUNT_MAX), order.at, None, *paid)
        case ReleaseOrder():
            return (order.kind, order.hold_id, chain, None, 0, order.at, None, *_UNPAID)


def _answer(order: Order, known: Known, answer: int, place: int, first: int, second: int) -> Answer | Again:
    hold_id = order.hold_id
    match answer:
        case 1:
            return Held(hold_id, first)
        case 2:
            chain = chain_for(order, known)
            assert chain is not None
            ceiling = chain.ceilings[place]
            return Refused(ceiling.kind, ceiling, first, second)
        case 3:
            return Posted(hold_id, first, second)
        case 4:
            return None
        case 10:
            return AGAIN
        case _:
            return HoldEnded(_WORDS[answer].format(hold_id))
