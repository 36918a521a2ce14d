from tests.cli.world import Run
from waystation.demo.faults import FAULTS


def test_every_fault_is_listed(run: Run) -> None:
    lines = run("demo-upstream", "--faults").output.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(FAULTS)


def test_an_unknown_fault_is_told(run: Run) -> None:
    result = run("demo-upstream", "--fault", "earthquake", "--port", "0")
    assert result.exit_code == 2
    assert "earthquake" in result.output
