"""`waystation money`."""

import json
from pathlib import Path

import pytest

from tests.cli.world import MANIFEST, Run, applied


@pytest.fixture
def books(run: Run, tmp_path: Path) -> Run:
    applied(run, tmp_path)
    return run


def test_money_comes_and_goes(books: Run) -> None:
    paid = books("money", "topup", "acme", "50 USD")
    assert "topup 50.00 USD: posting 2; 150.00 USD are available now" in paid.output
    given = books("money", "gift", "acme", "10 USD", "--until", "2037-01-01", "--reason", "welcome", "--json")
    assert json.loads(given.output)["available_nanos"] == 160 * 10**9
    refused = books("money", "refund", "acme", "151 USD")
    assert "of its own are 150.00 USD free, gifts are 10.00 USD" in refused.output
    assert books("money", "refund", "acme", "30 USD").exit_code == 0
    assert "nothing had to be booked; 330.00 USD" in books("money", "credit-line", "acme", "200 USD").output
    assert "refund 20.00" not in books("money", "correct", "acme", "2", "--due", "40", "--by", "ann").output
    listed = books("money", "list", "--organization", "acme").output
    assert [line.split("  ")[2] for line in listed.splitlines()] == ["correction", "refund", "gift", "topup", "opening"]
    assert "reason=welcome" in listed
    assert "corrects 2" in listed
    assert json.loads(books("money", "list", "--kind", "gift", "--json").output)["memo"]["reason"] == "welcome"
    assert books("ledger", "verify").exit_code == 0


def test_a_key_books_once(books: Run) -> None:
    first = books("money", "topup", "acme", "50 USD", "--key", "k", "--json").output
    assert books("money", "topup", "acme", "50 USD", "--key", "k", "--json").output == first
    assert books("money", "topup", "acme", "51 USD", "--key", "k").exit_code == 1
    assert "150.00" in books("ledger", "accounts", "--organization", "acme").output


def test_mistakes_are_told(books: Run) -> None:
    for words in (
        ("topup", "acme", "fifty"),
        ("topup", "nobody", "5 USD"),
        ("gift", "acme", "5 USD", "--until", "soon"),
        ("correct", "acme", "1", "--due", "x"),
        ("transfer", "acme", "--from", "a", "--to", "b", "1"),
    ):
        result = books("money", *words)
        assert result.exit_code == 1
        assert "error:" in result.output


def test_budgets_give_to_each_other(run: Run, tmp_path: Path) -> None:
    token = 'tokens: [{name: ci, secret: "'
    two = MANIFEST.replace(
        token,
        'departments: [{name: a, budget: {amount: "10 USD", period: total}}, '
        '{name: b, budget: {amount: "10 USD", period: total}}]\n    ' + token,
    )
    applied(run, tmp_path, two)
    moved = run("money", "transfer", "acme", "4", "--from", "a", "--to", "b", "--json")
    assert json.loads(moved.output)["available_nanos"] == 6 * 10**9
    accounts = json.loads(run("ledger", "accounts", "--json").output)
    assert sorted(one["available"] for one in accounts if one["kind"] == "budget") == [6 * 10**9, 14 * 10**9]
