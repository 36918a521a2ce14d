"""Bookings by hand, by the names that people use."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.house.world import applied, manifest
from waystation.house.bookkeeping import Query, book, list_accounts, list_postings, moment_for
from waystation.ledger.errand import TopUp
from waystation.wire.errors import Misconfigured


def test_an_organization_is_found_by_name(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    booked = book(
        settings,
        "acme",
        lambda id_: TopUp(organization_id=id_, amount_nanos=5, currency="USD"),
        key="k",
    )
    postings = list_postings(settings, "acme", lambda id_: Query(organization_id=id_))
    assert [one.kind for one in postings] == ["topup", "opening"]
    assert postings[0].id == booked.posting_id
    (wallet,) = [one for one in list_accounts(settings, "acme") if one.kind == "wallet"]
    assert wallet.available == booked.available_nanos
    assert len(list_accounts(settings, None)) > 1
    with pytest.raises(Misconfigured, match="there is no organization 'nobody'"):
        list_accounts(settings, "nobody")


def test_a_day_ends_where_the_organization_is(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    assert moment_for(settings, "acme", "2026-12-31") == datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    assert moment_for(settings, "acme", "2026-12-31T08:00+08:00") == datetime(2026, 12, 31, tzinfo=UTC).timestamp()
    with pytest.raises(Misconfigured, match="is no date or time"):
        moment_for(settings, "acme", "soon")
