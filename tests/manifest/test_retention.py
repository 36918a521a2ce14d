"""How long the call log is kept, from the file to the log and back."""

from pathlib import Path

import pytest

from tests.manifest.conftest import Desk
from waystation.adapters.sql.retention import keep, rules
from waystation.manifest.repository import Keeping, Snapshot
from waystation.manifest.retention import compared, facets
from waystation.wire.catalogue import Catalogue

KEPT = """
retention:
  - {kind: ok, days: 30, export_to: exports}
  - {kind: hours, days: 200}
"""


def told(desk: Desk) -> list[tuple[str, int | None, str | None]]:
    with desk.database.reading() as connection:
        return [(rule.kind, rule.days, rule.export_to) for rule in rules(connection)]


def test_a_file_says_how_long_what_is_kept(desk: Desk) -> None:
    text = desk.apply(KEPT).text()
    exports = str(desk.folder / "exports")
    assert told(desk) == [("ok", 30, exports), ("failed", None, None), ("refused", None, None), ("hours", 200, None)]
    assert text.splitlines() == [
        "+ create retention ok",
        "    days: 30",
        f"    export_to: {exports}",
        "+ create retention hours",
        "    days: 200",
        "2 to create",
    ]
    assert desk.apply(KEPT).text() == "nothing to change"


def test_it_is_no_revision_of_the_catalogue(desk: Desk) -> None:
    desk.apply(KEPT)
    assert desk.snapshot().catalogue.revision == 0


def test_what_a_file_does_not_name_stays(desk: Desk) -> None:
    desk.apply(KEPT)
    plan = desk.apply("retention: [{kind: hours, days: forever}, {kind: failed, days: 9}]", prune=True)
    assert plan.text().splitlines()[:2] == ["- delete retention hours", "    days: 200 -> none"]
    assert [days for _, days, _ in told(desk)] == [30, 9, None, None]
    changed = desk.apply("retention: [{kind: ok, days: 31}]")
    assert "    days: 30 -> 31" in changed.text()
    assert told(desk)[0] == ("ok", 31, None)


def test_a_dry_run_and_a_mistake_change_nothing(desk: Desk) -> None:
    assert desk.apply(KEPT, dry_run=True).changing
    assert desk.mistakes(KEPT + "upstreams: 3")
    assert [days for _, days, _ in told(desk)] == [None] * 4


def test_an_export_applies_again_without_a_change(desk: Desk) -> None:
    desk.apply(KEPT)
    exported = desk.operations.export()
    assert f"- kind: ok\n  days: 30\n  export_to: {desk.folder}/exports\n- kind: hours\n  days: 200\n" in exported
    assert not desk.apply(exported).changing


def test_what_was_deleted_stays_so(desk: Desk) -> None:
    with desk.database.writing("calls") as connection:
        keep(connection, "ok", 10)
        connection.exec_driver_sql("UPDATE retention SET done_until = 77")
    desk.apply(KEPT)
    with desk.database.reading() as connection:
        assert rules(connection)[0].done_until == 77


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ("{kind: all, days: 5}", "retention[0].kind: expected ok, failed, refused or hours, got 'all'"),
        (
            "{kind: ok, days: 3}",
            'retention[0].days: expected an integer of days from 4 to 36500, or "forever", got an integer 3',
        ),
        ("{kind: ok}", "retention[0].days: missing: expected the field 'days'"),
        (
            "{kind: hours, days: 9, export_to: x}",
            "retention[0].export_to: sums by hour are not exported: `waystation usage --grain hour --csv` prints them",
        ),
        (
            "{kind: ok, days: forever, export_to: x}",
            "retention[0].export_to: what is kept for ever is not deleted, so it is not exported before",
        ),
        ("{kind: ok, days: 5}, {kind: ok, days: 6}", "retention[1].kind: 'ok' is in retention[0] (line 1) already"),
    ],
)
def test_mistakes_are_told(desk: Desk, entry: str, mistake: str) -> None:
    (line,) = desk.mistakes(f"retention: [{entry}]")
    assert mistake in line


def test_each_is_compared_with_what_there_is() -> None:
    there, wanted = Keeping(kind="ok", days=5), Keeping(kind="ok", days=6)
    snapshot = Snapshot(catalogue=Catalogue(revision=1), wallets={}, kept_by={}, retention=(there,))
    new = Keeping(kind="hours", days=7, export_to=str(Path("x")))
    assert list(compared(snapshot, (wanted, new))) == [(there, wanted), (Keeping(kind="hours"), new)]
    assert (facets(new), facets(Keeping(kind="ok"))) == ({"days": "7", "export_to": "x"}, {})
