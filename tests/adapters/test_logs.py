import logging
import sys
from collections.abc import Iterator

import pytest

from waystation.adapters.logs import LineFormatter, log_to_stderr


def line(message: str, *arguments: object, level: int = logging.INFO, **fields: object) -> str:
    record = logging.LogRecord("waystation.x", level, __file__, 1, message, arguments, None)
    record.created, record.msecs = 1_795_399_200.0, 250.0
    vars(record).update(fields)
    return LineFormatter().format(record)


def test_a_line_has_its_time_its_level_its_event_and_its_fields() -> None:
    got = line("key benched", level=logging.WARNING, key="0a1b2c3d", rest_s=1.5)
    assert got == "2026-11-23T02:00:00.250Z WARNING waystation.x: key benched key='0a1b2c3d' rest_s=1.5"


def test_arguments_stand_in_the_event() -> None:
    assert line("%s of %d", "one", 2).endswith("waystation.x: one of 2")


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\x1b[2Jb"])
def test_neither_event_nor_field_can_forge_a_line(bad: str) -> None:
    got = line(bad) + line("event", field=bad)
    assert not {"\n", "\r", "\x1b"} & set(got)


def test_an_exception_is_shown_below() -> None:
    try:
        int("boom")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    first, *rest = LineFormatter().format(record).splitlines()
    assert first.endswith("ERROR x: failed")
    assert (rest[0], rest[-1]) == (
        "Traceback (most recent call last):",
        "ValueError: invalid literal for int() with base 10: 'boom'",
    )


@pytest.fixture
def _root() -> Iterator[None]:
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn")
    before = root.level, uvicorn.level, root.handlers[:]
    yield
    root.handlers[:] = before[2]
    root.setLevel(before[0])
    uvicorn.setLevel(before[1])


@pytest.mark.usefixtures("_root")
def test_lines_go_to_stderr_from_their_level_on(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("warning")
    logging.getLogger("waystation.x").info("quiet")
    logging.getLogger("uvicorn.error").info("Uvicorn running")
    logging.getLogger("waystation.x").warning("loud", extra={"n": 1})
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n"), told.err.endswith("WARNING waystation.x: loud n=1\n")) == ("", 1, True)
