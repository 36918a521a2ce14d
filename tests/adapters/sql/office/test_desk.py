"""Errands at the office: what is booked, what is refused, and once for each key."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adapters.sql.books import NOW, ORG, Books
from tests.adapters.sqlite.world import started
from tests.contract.store import WALLET, hold_order
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sql.office import Office
from waystation.adapters.sql.office.desk import do
from waystation.ledger.errand import KEY_MAX, Booked, Correction, CreditLine, Errand, Gift, Memo, Refund, TopUp
from waystation.ledger.posting import AMOUNT_MAX
from waystation.wire.booking import Held, Refused
from waystation.wire.errors import KeyReused, NotBooked, WaystationError


def top_up(amount: int = 100, organization_id: str = ORG) -> TopUp:
    return TopUp(organization_id=organization_id, amount_nanos=amount, currency="USD")


def test_a_top_up_opens_the_wallet_and_counts(books: Books) -> None:
    memo = Memo(by="ann", reason="invoice paid", reference="R-17")
    booked = books.book(TopUp(organization_id=ORG, amount_nanos=100, currency="USD", memo=memo))
    (posting,) = books.postings("topup")
    expected = Booked(posting_id=posting.id, kind="topup", amount_nanos=100, currency="USD", available_nanos=100)
    assert booked == expected
    assert books.top_up(50).available_nanos == 150
    assert posting.memo == '{"by":"ann","reason":"invoice paid","reference":"R-17"}'
    assert (posting.at, posting.hold_id, posting.call_id) == (NOW, None, None)
    assert books.account("system", "cash").debits_posted == 150


def test_a_refund_gives_back_what_is_free_and_no_gift(books: Books) -> None:
    books.top_up(100)
    books.book(Gift(organization_id=ORG, amount_nanos=50, currency="USD"))
    books.hold(30)
    with pytest.raises(NotBooked, match=r"of its own are 0\.00000007 USD free, gifts are 0\.00000005"):
        books.book(Refund(organization_id=ORG, amount_nanos=71, currency="USD"))
    booked = books.book(Refund(organization_id=ORG, amount_nanos=70, currency="USD"))
    assert booked.available_nanos == 50
    assert books.account("system", "cash").credits_posted == 70
    with pytest.raises(NotBooked, match="free"):
        books.book(Refund(organization_id=ORG, amount_nanos=1, currency="USD"))


def test_a_credit_line_is_not_refunded(books: Books) -> None:
    books.book(CreditLine(organization_id=ORG, amount_nanos=100, currency="USD"))
    with pytest.raises(NotBooked, match="can't give"):
        books.book(Refund(organization_id=ORG, amount_nanos=1, currency="USD"))


@pytest.mark.parametrize(
    ("errand", "why"),
    [
        (top_up(0), "0 nanos is not an amount from 1"),
        (top_up(AMOUNT_MAX + 1), "is not an amount"),
        (top_up(1, "org_2"), "there is no organization 'org_2'"),
        (Refund(organization_id=ORG, amount_nanos=1, currency="EUR"), "has no wallet in EUR"),
        (Gift(organization_id=ORG, amount_nanos=1, currency="USD", expires_at=NOW), "would have expired"),
        (CreditLine(organization_id=ORG, amount_nanos=-1, currency="USD"), "is not an amount from 0"),
        (Correction(organization_id=ORG, posting_id=7, due_nanos=-1), "is not an amount from 0"),
        (Correction(organization_id=ORG, posting_id=7, due_nanos=1), "there is no posting 7"),
    ],
)
def test_what_makes_no_sense_is_refused(books: Books, errand: Errand, why: str) -> None:
    with pytest.raises(NotBooked, match=why):
        books.book(errand)
    assert not books.postings("topup")


def test_no_account_is_filled_past_what_fits(books: Books) -> None:
    books.top_up(AMOUNT_MAX)
    with pytest.raises(NotBooked, match=r"no account can hold 0\.000000001 USD more"):
        books.top_up(1)


def test_the_same_key_gives_the_same_answer_once(books: Books) -> None:
    first = books.book(top_up(), key="k-1")
    books.top_up(1)
    assert books.book(top_up(), key="k-1") == first
    assert books.wallet().credits_posted == 101
    with pytest.raises(KeyReused, match="'k-1' was used for another booking"):
        books.book(top_up(200), key="k-1")
    assert books.book(top_up(200), key="k-2").available_nanos == 301


def test_a_key_is_the_organizations_own(books: Books) -> None:
    books.set_up(name="other", id_="org_2")
    books.book(top_up(), key="k")
    books.book(top_up(70, "org_2"), key="k")
    assert books.wallet(id_="org_2").credits_posted == 70


def test_a_key_of_a_refused_errand_is_free_again(books: Books) -> None:
    refund = Refund(organization_id=ORG, amount_nanos=10, currency="USD")
    books.top_up(5)
    with pytest.raises(NotBooked):
        books.book(refund, key="k")
    books.top_up(5)
    assert books.book(refund, key="k").available_nanos == 0


@pytest.mark.parametrize("key", ["", "k" * (KEY_MAX + 1), "a\nb"])
def test_a_key_must_be_short_and_printable(books: Books, key: str) -> None:
    with pytest.raises(NotBooked, match="an idempotency key has from 1 to 255"):
        books.book(top_up(), key=key)


def test_fifty_at_once_with_one_key_book_once(books: Books) -> None:
    """R15: the same top-up in parallel gives one credit."""
    books.top_up(1)
    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(lambda _: books.book(top_up(), key="same"), range(50)))
    assert len(answers) == 1
    assert books.wallet().credits_posted == 101


def test_refunds_at_once_never_give_more_than_there_is(books: Books) -> None:
    books.top_up(100)

    def refund(_: int) -> bool:
        try:
            books.book(Refund(organization_id=ORG, amount_nanos=30, currency="USD"))
        except WaystationError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(refund, range(10))) == 3
    assert books.wallet().available == 10


async def test_a_top_up_beside_a_running_server_counts_at_once(tmp_path: Path) -> None:
    """The server keeps balances in memory, and notices that another process has written."""
    world = await started(tmp_path)
    database = of_files(tmp_path)
    office = Office(database, lambda: world.now)
    for number in range(1, 6):
        assert isinstance(await world.store.hold(hold_order(f"full_{number}", 100, WALLET)), Held)
        assert isinstance(await world.store.hold(hold_order(f"none_{number}", 1, WALLET)), Refused)
        booked = await asyncio.to_thread(office.book, top_up())
        assert booked.available_nanos == 100
    with pytest.raises(NotBooked, match="can't give"):
        await asyncio.to_thread(office.book, Refund(organization_id=ORG, amount_nanos=101, currency="USD"))
    await world.aclose()
    database.close()


@dataclass
class _Unknown:
    organization_id: str = ORG


def test_only_errands_are_done(books: Books) -> None:
    with books.database.writing() as connection, pytest.raises(TypeError, match="is no errand"):
        do(_Unknown(), connection, NOW)  # type: ignore[arg-type]
