"""A closed month stays as it was."""

import pytest

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql import closings
from waystation.adapters.sql.statements import statement
from waystation.wire.errors import Misconfigured, NotBooked

DAY = 86_400
OCTOBER = NOW + 20 * DAY


def test_closing_freezes_the_statement(books: Books) -> None:
    books.top_up(1_000)
    as_it_was = statement(books.database, ORG, "2026-09")
    (closed,) = closings.close(books.database, "2026-09", at=OCTOBER, by="ann", organization="acme")
    assert (closed.organization, closed.month, closed.through_posting, closed.anew) == ("acme", "2026-09", 1, True)
    assert closings.frozen(books.database, "acme", "2026-09") == as_it_was
    assert closings.frozen(books.database, "acme", "2026-10") is None
    books.call()
    assert statement(books.database, ORG, "2026-09") == as_it_was


def test_closing_twice_changes_nothing(books: Books) -> None:
    (first,) = closings.close(books.database, "2026-09", at=OCTOBER, by="ann")
    books.top_up(1_000)
    (again,) = closings.close(books.database, "2026-09", at=OCTOBER + 5, by="bob")
    assert (again.digest, again.closed_by, again.closed_at) == (first.digest, "ann", OCTOBER)
    assert (first.anew, again.anew) == (True, False)


def test_all_organizations_are_closed_at_once_each_in_its_time_zone(books: Books) -> None:
    books.set_up(zone="Asia/Shanghai", name="cn", id_="org_cn")
    assert [one.organization for one in closings.close(books.database, "2026-09", at=OCTOBER, by="ann")] == [
        "acme",
        "cn",
    ]
    assert len(closings.periods(books.database)) == 2
    (one,) = closings.periods(books.database, "cn")
    assert one.organization_id == "org_cn"


def test_a_month_that_is_not_over_stays_open(books: Books) -> None:
    with pytest.raises(NotBooked, match="2026-09 is not over for 'acme' before 2026-10-01T00:00:00Z"):
        closings.close(books.database, "2026-09", at=NOW, by="ann")
    with pytest.raises(Misconfigured, match="'2026-9' is no month"):
        closings.close(books.database, "2026-9", at=NOW, by="ann")
    with pytest.raises(Misconfigured, match="there is no organization"):
        closings.periods(books.database, "nobody")


def test_a_month_before_a_closed_one_is_closed_with_it(books: Books) -> None:
    closings.close(books.database, "2026-09", at=OCTOBER, by="ann")
    with pytest.raises(NotBooked, match="a month after 2026-08 is closed for 'acme'"):
        closings.close(books.database, "2026-08", at=OCTOBER, by="ann")
