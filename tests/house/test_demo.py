from pathlib import Path

import pytest

from waystation.house.demo import TOKEN_FILE, serve
from waystation.house.offline import operations
from waystation.identity.token import well_formed
from waystation.settings import Settings


class Heard:
    """What the gateway tells; it is stopped by SIGTERM as soon as it has told everything."""

    def __init__(self, last: str) -> None:
        self.lines: list[str] = []
        self._last = last

    def __call__(self, line: str) -> None:
        import signal

        self.lines.append(line)
        if self._last in line:
            signal.raise_signal(signal.SIGTERM)


@pytest.fixture(autouse=True)
def _logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pytest keeps its own logging."""
    monkeypatch.setattr("waystation.house.demo.log_to_stderr", lambda _level: None)


def test_the_demo_tells_its_address_its_token_and_a_first_call_and_keeps_the_token(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0)
    secrets = []
    for _ in range(2):
        heard = Heard("Ctrl-C stops it.")
        serve(settings, heard, demo=True)
        text = "\n".join(heard.lines)
        secrets.append((tmp_path / TOKEN_FILE).read_text())
        assert secrets[-1] in text
        assert "curl -sN http://127.0.0.1:" in text
        assert heard.lines[-1] == "Stopped."
    assert secrets[0] == secrets[1]
    assert well_formed(secrets[0])


def test_without_anything_to_serve_it_says_what_to_do(tmp_path: Path) -> None:
    heard = Heard("waystation apply FILE")
    serve(Settings(data_dir=tmp_path, port=0), heard)
    assert heard.lines[0].startswith("Waystation listens on http://127.0.0.1:")
    with operations(Settings(data_dir=tmp_path)) as catalogue:
        assert catalogue.list_tokens() == []
