"""A fault's amount, and the shelf it stands on."""

from collections.abc import Iterator

import pytest

from waystation.demo.answer import Act, Step
from waystation.demo.faults.fault import Shelf, Stage
from waystation.demo.scene import Scene


def _shelf() -> Shelf:
    shelf = Shelf()

    @shelf.put("odd", stage=Stage.HEAD, metered=False, amount=3, unit="bytes")
    def odd(_scene: Scene) -> Iterator[Step]:
        """It is odd.

        And this is why.
        """
        yield Act.RESET

    @shelf.put("even")
    def even(_scene: Scene) -> Iterator[Step]:
        """It is even."""
        yield Act.CUT

    return shelf


def test_a_fault_takes_its_first_line_for_a_description() -> None:
    odd, even = _shelf().faults
    assert (odd.name, odd.about, odd.stage, odd.metered, odd.amount) == ("odd", "It is odd.", Stage.HEAD, False, 3)
    assert (even.name, even.about, even.stage, even.metered, even.amount) == (
        "even",
        "It is even.",
        Stage.BODY,
        True,
        None,
    )


def test_an_amount_can_be_changed() -> None:
    odd, _ = _shelf().faults
    assert (odd.with_amount(5).amount, odd.amount) == (5, 3)


@pytest.mark.parametrize("amount", [-1, float("inf"), float("nan")])
def test_an_amount_is_a_number_and_not_negative(amount: float) -> None:
    odd, _ = _shelf().faults
    with pytest.raises(ValueError, match="number of bytes"):
        odd.with_amount(amount)


def test_a_fault_without_an_amount_takes_none() -> None:
    _, even = _shelf().faults
    with pytest.raises(ValueError, match="takes no amount"):
        even.with_amount(1)
