import pytest

from bench import ledger as module
from bench.ledger import ledger


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_every_call_is_held_and_posted(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "WARM_UP_S", 0.01)
    ledger(kind, seconds=0.1, rate=100)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{kind}: ")
    assert "per core" in lines[1]
    assert "(p99)" in lines[2]
    assert not caplog.records
