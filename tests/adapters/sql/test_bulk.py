from sqlalchemy import select

from waystation.adapters.sql.bulk import batches, copy_line, insert_rows
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.ledger import postings
from waystation.adapters.sql.tables.reconcile import vendor_bills, vendor_mappings
from waystation.adapters.sql.tables.responses import responses

ODD = 'tab\t newline\n return\r back\\slash \\N "quoted" 驿站 '


def test_rows_come_back_as_they_were(database: Database) -> None:
    rows = [(ODD, "{}", 0.1), ("", "{}", 1e300)]
    with database.writing() as connection:
        insert_rows(connection, vendor_mappings, rows, ("name", "body", "saved_at"))
        insert_rows(connection, vendor_mappings, [], ("name", "body", "saved_at"))
    with database.reading() as connection:
        assert sorted(map(tuple, connection.execute(select(vendor_mappings)))) == sorted(rows)


def test_bytes_and_nothing_come_back_too(database: Database) -> None:
    names = [column.name for column in responses.columns]
    row = ("org_1", "resp_1", "tok_1", "m", 1.5, 2.5, None, None, None, None, 3, b"\x00\\\xff")
    with database.writing("responses") as connection:
        insert_rows(connection, responses, [row], names)
    with database.writing("responses") as connection:
        assert [tuple(one) for one in connection.execute(select(responses))] == [row]


def test_a_line_of_copy_is_escaped() -> None:
    assert copy_line((None, 1, 0.5, "a\tb", b"\x01")) == "\\N\t1\t0.5\ta\\tb\t\\\\x01"


def test_batches_are_of_at_most_their_size() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []


def test_the_tables_are_of_one_ledger() -> None:
    assert postings.metadata is vendor_bills.metadata
