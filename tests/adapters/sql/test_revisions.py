import pytest

from waystation.adapters.sql.revisions import FOLDER, SCHEMAS, Schema, head, version_table


@pytest.mark.parametrize("schema", SCHEMAS)
def test_revisions_are_numbered_without_a_gap(schema: Schema) -> None:
    numbers = sorted(path.name.partition("_")[0] for path in (FOLDER / schema).glob("*.py"))
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    assert head(schema) == numbers[-1]


def test_each_schema_counts_its_own() -> None:
    assert {version_table(schema) for schema in SCHEMAS} == {"ledger_revision", "calls_revision", "responses_revision"}
