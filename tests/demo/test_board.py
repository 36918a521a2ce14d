"""The most particular fault strikes, as often as was ordered, and as soon as its scope is known."""

import pytest

from waystation.demo.board import FaultBoard
from waystation.demo.faults import FAULTS, Stage


def _board(**posted: tuple[str | None, str | None]) -> FaultBoard:
    """Faults by status: `s500=(key, model)`."""
    board = FaultBoard()
    for name, (key, model) in posted.items():
        board.post(FAULTS[name.removeprefix("s")], None, key, model)
    return board


def _struck(board: FaultBoard, key: str, model: str) -> str | None:
    fault = board.strike(Stage.BODY, key, model)
    return fault.name if fault else None


def test_without_a_fault_nothing_strikes() -> None:
    assert _struck(FaultBoard(), "k", "m") is None


def test_the_most_particular_fault_strikes() -> None:
    board = _board(s500=(None, None), s502=(None, "m"), s503=("k", None), s504=("k", "m"))
    got = [_struck(board, key, model) for key, model in (("k", "m"), ("k", "x"), ("x", "m"), ("x", "x"))]
    assert got == ["504", "503", "502", "500"]


def test_a_fault_strikes_so_many_times() -> None:
    board = FaultBoard()
    board.post(FAULTS["500"], 2, None, None)
    assert [_struck(board, "k", "m") for _ in range(3)] == ["500", "500", None]


def test_a_fault_strikes_at_least_once() -> None:
    with pytest.raises(ValueError, match="once"):
        FaultBoard().post(FAULTS["500"], 0, None, None)


def test_a_later_fault_replaces_an_earlier_one_of_the_same_scope() -> None:
    board = _board(s500=(None, None))
    board.post(FAULTS["429"], None, None, None)
    assert _struck(board, "k", "m") == "429"


def test_clearing_a_scope_leaves_the_others() -> None:
    board = _board(s500=(None, None), s503=("k", None))
    board.clear("k", None)
    board.clear("k", "never posted")
    assert _struck(board, "k", "m") == "500"


def test_clearing_without_a_scope_clears_all() -> None:
    board = _board(s500=(None, None), s503=("k", None))
    board.clear(None, None)
    assert _struck(board, "k", "m") is None


def test_a_fault_waits_for_its_stage() -> None:
    board = FaultBoard()
    board.post(FAULTS["early-413"], 1, None, None)
    assert board.strike(Stage.CONNECT) is None
    assert board.strike(Stage.HEAD, "k") is FAULTS["early-413"]


def test_a_fault_of_an_early_stage_strikes_when_its_scope_is_known() -> None:
    board = FaultBoard()
    board.post(FAULTS["refuse"], None, "k", None)
    assert board.strike(Stage.CONNECT) is None
    assert board.strike(Stage.HEAD, "k") is FAULTS["refuse"]
