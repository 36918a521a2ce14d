"""Budgets by what people call them."""

import pytest

from tests.adapters.sql.books import ORG, Books
from waystation.adapters.sql.office.naming import budget_named
from waystation.wire.errors import Misconfigured


def test_a_budget_is_named_by_its_id_or_its_only_owner(books: Books) -> None:
    books.node("dep_1", "department")
    books.node("dep_2", "department")
    books.budget("bud_1", 100, ("department", "dep_1"))
    books.budget("bud_2", 100, ("department", "dep_2"))
    books.budget("bud_3", 100, ("department", "dep_2"), period="month")
    with books.database.reading() as connection:
        assert budget_named(connection, ORG, "bud_2") == "bud_2"
        assert budget_named(connection, ORG, "DEP_1") == "bud_1"
        assert budget_named(connection, ORG, "dep_1") == "bud_1"
        with pytest.raises(Misconfigured, match="has several budgets: name one of bud_2, bud_3"):
            budget_named(connection, ORG, "DEP_2")
        with pytest.raises(Misconfigured, match="there is no budget 'nobody'"):
            budget_named(connection, ORG, "nobody")
