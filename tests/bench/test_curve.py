from pathlib import Path

import pytest

from bench.curve import Curve, Point, kept, measure


def test_each_number_of_callers_is_a_point() -> None:
    curve = measure(0.5, (1, 16))
    few, many = curve.points
    assert 0.5 < few.orders < many.orders <= 32
    assert min(few.database_s, many.database_s) >= 0
    assert few.batch_s > 0


def test_a_curve_that_was_kept_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = Curve("a desk", "2026-11-30", [Point(1.0, 0.001, 0.002)])
    monkeypatch.setattr("bench.curve.measure", lambda _: curve)
    assert kept(tmp_path / "curve.json", 1.0) == curve
    monkeypatch.setattr("bench.curve.measure", None)
    assert kept(tmp_path / "curve.json", 1.0) == curve
