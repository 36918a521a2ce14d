import logging
from collections.abc import Iterator

import pytest

from waystation.adapters.logs import LineFormatter, log_to_stderr


def line(message: str, **fields: object) -> str:
    record = logging.makeLogRecord(
        {"msg": message, "name": "room", "levelname": "INFO", "created": 0.0, "msecs": 0.0, **fields}
    )
    return LineFormatter().format(record)


def test_a_line_is_time_level_room_event_and_fields() -> None:
    assert line("key benched", key="0a1b", rest_s=2.0) == (
        "1970-01-01T00:00:00.000Z INFO room: key benched key='0a1b' rest_s=2.0"
    )


@pytest.mark.parametrize("evil", ["a\nINFO room: forged", "a\r\nforged", "\x1b[31mred"])
def test_nothing_in_an_event_or_a_field_forges_a_line(evil: str) -> None:
    for text in (line(evil), line("event", field=evil)):
        assert "\n" not in text
        assert "\r" not in text
        assert "\x1b" not in text


def test_a_failure_brings_its_traceback() -> None:
    try:
        int("why")
    except ValueError as error:
        text = line("call failed", exc_info=(type(error), error, error.__traceback__))
    assert text.startswith("1970-01-01T00:00:00.000Z INFO room: call failed\nTraceback")
    assert text.endswith("ValueError: invalid literal for int() with base 10: 'why'")


@pytest.fixture
def root_logging() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:] = kept
    root.setLevel(level)


@pytest.mark.usefixtures("root_logging")
def test_logs_go_to_stderr_from_the_level_on(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("warning")
    logging.getLogger("waystation.test").info("unseen")
    logging.getLogger("waystation.test").warning("seen", extra={"call_id": "call_1"})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("WARNING waystation.test: seen call_id='call_1'\n")
    assert "unseen" not in captured.err
