import pytest
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured


def test_what_an_operator_can_mend_is_one_line_and_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as exit_, telling():
        raise Misconfigured("the port is taken")
    assert exit_.value.exit_code == 1
    assert capsys.readouterr().err == "error: the port is taken\n"


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), telling():
        raise ZeroDivisionError


def test_an_option_wins_over_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSTATION_PORT", "1234")
    monkeypatch.setenv("WAYSTATION_HOST", "0.0.0.0")  # noqa: S104 - read, not listened on
    settings = settings_with({"port": 4321, "host": None})
    assert (settings.port, settings.host) == (4321, "0.0.0.0")  # noqa: S104 - as above
