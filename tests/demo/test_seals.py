"""Signatures that the double knows again."""

import pytest

from waystation.demo.seals import fits, is_own, sealed


def test_a_seal_fits_what_was_sealed() -> None:
    seal = sealed("a", "one", "two")
    assert (is_own("a", seal), fits("a", seal, "one", "two")) == (True, True)
    assert seal == sealed("a", "one", "two")


def test_a_seal_fits_nothing_else() -> None:
    seal = sealed("a", "one", "two")
    assert not fits("a", seal, "one")
    assert not fits("a", seal, "onetwo")
    assert not fits("b", seal, "one", "two")
    assert not is_own("b", seal)


@pytest.mark.parametrize("seal", ["", "no base64!", "AAAA", "é", sealed("a", "x")[:-4] + "AAA="])
def test_what_another_made_is_not_our_own(seal: str) -> None:
    assert not is_own("a", seal)
    assert not fits("a", seal, "x")


def test_half_a_surrogate_pair_can_be_sealed() -> None:
    assert is_own("a", sealed("a", "\ud83d"))
