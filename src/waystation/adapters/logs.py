"""Log lines: one line an event, its name first, then its fields. Values are quoted, so none can forge a line."""

import logging
import sys
import time
from typing import Final

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class LineFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value!r}" for name, value in vars(record).items() if name not in _OWN)
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        event = record.getMessage().replace("\n", "\\n").replace("\r", "\\r").replace("\x1b", "\\x1b")
        line = f"{at}.{record.msecs:03.0f}Z {record.levelname} {record.name}: {event}{fields}"
        return line if record.exc_info is None else f"{line}\n{self.formatException(record.exc_info)}"


def log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # its own banner and shutdown lines repeat ours
