from waystation.adapters.postgres.rows import columns, placeholders, turned


def test_placeholders_are_numbered_from_1() -> None:
    assert placeholders(3) == "$1, $2, $3"


def test_fields_come_in_the_order_of_the_names() -> None:
    assert columns({"a": 1, "b": 2}, ("b", "a")) == (2, 1)


def test_rows_are_turned_into_columns() -> None:
    assert turned([(1, "a"), (2, "b")]) == [[1, 2], ["a", "b"]]
