"""The golden matrix: every fixture in every language, compared with a snapshot that somebody has read.

A wanted change of an encoder shows here: run `pytest tests/golden --update`, and read what git says has changed.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.golden.cases import LANGUAGES, answers, folder_of, requests
from tests.golden.cells import answer_cell, request_cell
from waystation.wire.dialect import Dialect

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"
REQUESTS: Final = requests()
ANSWERS: Final = answers()

Cell = tuple[Dialect, str, Dialect]


def _cells(named: list[tuple[Dialect, str]]) -> list[Cell]:
    return [(language, name, other) for language, name in named for other in LANGUAGES]


ASKED: Final = _cells(list(REQUESTS))
ANSWERED: Final = [cell for cell in _cells(list(ANSWERS)) if ANSWERS[cell[0], cell[1]].fits(cell[2])]


def _id(cell: Cell) -> str:
    language, name, other = cell
    return f"{language}/{name}.{other}"


def _of_request(cell: Cell) -> Path:
    language, name, vendor = cell
    return SNAPSHOTS / folder_of(language) / f"{name}.{vendor}.txt"


def _of_answer(cell: Cell) -> Path:
    language, name, caller = cell
    return SNAPSHOTS / "replies" / folder_of(language) / f"{name}.{caller}.txt"


def _compare(got: str, path: Path, *, updating: bool) -> None:
    if updating:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(got, encoding="utf-8")
    assert path.exists(), "there is no such snapshot: pytest tests/golden --update"
    assert got == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("cell", ASKED, ids=_id)
def test_request_is_what_the_vendor_receives(cell: Cell, *, updating: bool) -> None:
    language, name, vendor = cell
    got = request_cell(REQUESTS[language, name], language, vendor, ANSWERS)
    _compare(got, _of_request(cell), updating=updating)


@pytest.mark.parametrize("cell", ANSWERED, ids=_id)
def test_answer_is_what_the_caller_gets(cell: Cell, *, updating: bool) -> None:
    language, name, caller = cell
    _compare(answer_cell(ANSWERS[language, name], language, caller), _of_answer(cell), updating=updating)


def test_every_snapshot_has_its_fixture() -> None:
    due = {*map(_of_request, ASKED), *map(_of_answer, ANSWERED)}
    assert set(SNAPSHOTS.rglob("*.txt")) - due == set()


def test_every_answer_that_a_fixture_names_is_there() -> None:
    named = {each for fixture in REQUESTS.values() for each in (*fixture.replies.items(), *fixture.streams.items())}
    assert named - set(ANSWERS) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_fixtures(language: Dialect) -> None:
    assert len(REQUESTS) >= 60
    assert sum(each == language for each, _ in REQUESTS) >= 18
    assert sum(each == language for each, _ in ANSWERS) >= 6
