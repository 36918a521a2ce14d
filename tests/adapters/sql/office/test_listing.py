"""Postings and accounts, to be looked at."""

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql.office.listing import Posted, Query, balances, listed
from waystation.ledger.errand import Memo, TopUp


def kinds(books: Books, **query: object) -> list[str]:
    with books.database.reading() as connection:
        return [one.kind for one in listed(connection, Query(**query))]  # type: ignore[arg-type]


def test_postings_are_listed_newest_first_with_names(books: Books) -> None:
    books.set_up(name="other", id_="org_2")
    first = books.book(TopUp(organization_id=ORG, amount_nanos=1_000, currency="USD", memo=Memo(by="ann")))
    books.call()
    books.at += 10
    books.top_up(5, id_="org_2")
    assert kinds(books) == ["topup", "topup"]
    assert kinds(books, bills=True) == ["topup", "usage", "topup"]
    assert kinds(books, organization_id=ORG, bills=True) == ["usage", "topup"]
    assert kinds(books, kind="usage") == ["usage"]
    assert kinds(books, bills=True, since=NOW + 1) == ["topup"]
    assert kinds(books, bills=True, until=NOW + 1, limit=1) == ["usage"]
    with books.database.reading() as connection:
        *_, last = listed(connection, Query(organization_id=ORG))
    assert last == Posted(
        id=first.posting_id or 0, at=NOW, kind="topup", from_account="cash:USD", to_account="wallet/org_1:USD",
        amount_nanos=1_000, currency="USD", call_id=None, corrects=None, memo={"by": "ann"},
    )  # fmt: skip


def test_an_organization_has_its_wallets_and_all_budgets_within(books: Books) -> None:
    books.node("dep_1", "department")
    books.budget("bud_1", 100, ("department", "dep_1"))
    books.budget("bud_2", 100)
    books.window("bud_1", 100)
    books.window("bud_2", 100)
    books.top_up(5)
    with books.database.reading() as connection:
        names = [account.name for account in balances(connection, ORG)]
        assert names == ["budget/bud_1:USD/total/0", "budget/bud_2:USD/total/0", "wallet/org_1:USD"]
        assert len(balances(connection)) == 4
        assert balances(connection, "org_2") == []
