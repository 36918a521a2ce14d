import pytest

from bench.curve import Curve, Point
from bench.scale import Cost, Town, show, simulate

# 100 us of a database's core for the first order, 20 more for each other; 1 ms to commit.
CURVE = Curve("a desk", "2026-11-30", [Point(n, 80e-6 + 20e-6 * n, 80e-6 + 20e-6 * n + 1e-3) for n in (1, 10, 100)])


def test_a_batch_costs_what_the_curve_says_between_its_points_and_beyond() -> None:
    cost = Cost(CURVE)
    assert [cost.cpu_s(n) for n in (1, 10, 55, 100)] == pytest.approx([100e-6, 280e-6, 1180e-6, 2080e-6])
    assert cost.cpu_s(200) == pytest.approx(2 * 2080e-6)
    assert cost.commit_s == pytest.approx(1e-3)


def test_a_node_that_is_not_busy_waits_for_the_commit_alone() -> None:
    seen = simulate(Town(nodes=1, workers=1, rate=20, organizations=1000, cores=4), Cost(CURVE))
    assert seen.carried == pytest.approx(20, rel=0.4)
    assert seen.p50_s == pytest.approx(1.1e-3)
    assert seen.orders == pytest.approx(1, abs=0.2)


def test_one_wallet_is_one_line_however_many_cores_there_are() -> None:
    cost = Cost(CURVE)
    hot = simulate(Town(nodes=40, workers=1, rate=200, organizations=1, cores=64, seconds=2), cost)
    spread = simulate(Town(nodes=40, workers=1, rate=200, organizations=10**6, cores=64, skew=0.0, seconds=2), cost)
    assert hot.busy < 1
    assert hot.p99_s > 5 * spread.p99_s
    assert spread.carried == pytest.approx(spread.offered, rel=0.1)


def test_cores_bound_what_is_carried() -> None:
    few = simulate(
        Town(nodes=20, workers=2, rate=2_000, organizations=10**6, cores=1, skew=0.0, seconds=1), Cost(CURVE)
    )
    assert few.busy == pytest.approx(1, rel=0.1)
    assert few.carried < 0.9 * few.offered


def test_the_same_seed_gives_the_same() -> None:
    town = Town(nodes=2, workers=2, rate=100, organizations=10, cores=2, seconds=1)
    assert simulate(town, Cost(CURVE)) == simulate(town, Cost(CURVE))
    assert simulate(town, Cost(CURVE)) != simulate(town, Cost(CURVE), seed=2)


def test_it_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("bench.scale.NODES", (1, 3))
    show(CURVE, cores=2, rate=50, workers=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Measured on a desk, 2026-11-30:"
    assert sum(line.split()[:1] == ["3"] for line in lines) == 4
